"""Minified code read through a real worker: in rows, with the same bytes, secrets masked in place."""

from __future__ import annotations

from app.reading import read_text

CODE = b'!function(e){var t="s3cr3t";if(e){send(t);return 1}else{stop()}}(window);' * 12


def test_rows_carry_line_offset_and_indent(engine) -> None:
    tree = engine.trees().make(engine.add({"m.js": CODE}), lambda _: None, lambda: False)
    at = CODE.index(b"s3cr3t")
    view = read_text(engine.launcher(), tree, tree.files[0], [(at, at + 6)], engine.memory, beautify=True)
    assert view.minified and view.is_beautified and set(view.numbers) == {1}
    row = next(n for n, line in enumerate(view.lines) if "send(t)" in line)
    assert view.lines[row] == "    send(t);" and view.indents[row] == 4
    assert CODE[view.offsets[row] :].startswith(b"send(t);")
    assert not any("s3cr3t" in line for line in view.lines[:3])
    assert sum("******" in line for line in view.lines) == 1


def test_as_it_is_unless_asked_for(engine) -> None:
    tree = engine.trees().make(engine.add({"m.js": CODE}), lambda _: None, lambda: False)
    view = read_text(engine.launcher(), tree, tree.files[0], [], engine.memory)
    assert view.minified and not view.is_beautified and len(view.lines) == 1


def test_readable_code_stays_as_it_was_written(engine) -> None:
    code = b"function f() {\n    return 1;\n}\n" * 50
    tree = engine.trees().make(engine.add({"m.js": code}), lambda _: None, lambda: False)
    view = read_text(engine.launcher(), tree, tree.files[0], [], engine.memory, beautify=True)
    assert not view.minified and len(view.lines) == 151
