"""Under which other names a reference goes on: `e = eval`, `const {exec: e} = ...`, `import x as y`."""

from __future__ import annotations

from collections.abc import Iterable

from checks.code._language import Language, Node


def names_given(node: Node, language: Language) -> Iterable[Node]:
    """The names that this expression is the value of, or that are imported by it."""
    parent, child = node.parent, node
    if node.type == "as_pattern":  # `with open(x) as f`
        target = node.child_by_field_name("alias")
        return [n for n in target.named_children[:5] if n.type in language.names] if target is not None else ()
    for _ in range(4):
        if parent is None:
            return ()
        if parent.type in ("import_specifier", "aliased_import"):
            alias = parent.child_by_field_name("alias")
            return (alias,) if alias is not None and alias != child else ()
        if parent.type in ("import_statement", "import_from_statement"):
            return _imported_names(parent, child, language)
        if parent.type in ("variable_declarator", "assignment", "assignment_expression", "named_expression"):
            value = parent.child_by_field_name("value") or parent.child_by_field_name("right")
            name = parent.child_by_field_name("name") or parent.child_by_field_name("left")
            if name is None or value != child:
                return ()
            return _field_name(name) or _pattern_names(name, language)
        if parent.type in ("field_definition", "public_field_definition"):
            field = parent.child_by_field_name("property") or parent.child_by_field_name("name")
            return (field,) if field is not None and field != child else ()
        if parent.type == "pair_pattern":
            value = parent.child_by_field_name("value")
            return (value,) if value is not None and value.type in language.names else ()
        if parent.type == "object_pattern" and child.type == "shorthand_property_identifier_pattern":
            return (child,)
        same = ("string", "boolean_operator", "dotted_name", "array", "list")
        if language.inner(parent) != child and parent.type not in same:
            return ()
        child, parent = parent, parent.parent
    return ()


def _imported_names(statement: Node, part: Node, language: Language) -> list[Node]:
    """The names that an import gives: of the module all, of a name that one."""
    if part.type == "dotted_name" and part != statement.child_by_field_name("module_name"):
        return [part.named_children[0]]
    names: list[Node] = []
    todo = [n for n in statement.named_children[:50] if n != part]
    while todo and len(names) < 50:
        node = todo.pop()
        alias = node.child_by_field_name("alias")
        if node.type in language.names:
            names.append(node)
        elif alias is not None:
            names.append(alias)
        elif node.type not in language.strings:
            todo.extend(node.named_children[:50])
    return names


def _field_name(target: Node) -> list[Node]:
    """The field of the own object that is assigned: `self.client = ...`."""
    holder = target.child_by_field_name("object") if target.type in ("attribute", "member_expression") else None
    if holder is None or holder.end_byte - holder.start_byte > 4 or holder.text not in (b"self", b"this"):
        return []
    field = target.child_by_field_name("attribute") or target.child_by_field_name("property")
    return [field] if field is not None else []


def _pattern_names(name: Node, language: Language) -> list[Node]:
    if name.type in language.names:
        return [name]
    if name.type != "object_pattern":
        return []
    names = [n.child_by_field_name("value") if n.type == "pair_pattern" else n for n in name.named_children[:50]]
    return [n for n in names if n is not None and n.type in language.names]
