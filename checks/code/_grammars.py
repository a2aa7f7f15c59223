"""The grammars of tree-sitter, one at a time."""

from __future__ import annotations

import functools
from importlib.machinery import ExtensionFileLoader, PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tree_sitter import Language

_PACK = "tree_sitter_language_pack"


@functools.cache
def load_grammar(name: str) -> Language:
    """The grammar of that name. The pack itself would import three others, which takes longer than a small file."""
    from tree_sitter import Language

    binding = _load_binding(name)
    if binding is not None:
        return Language(binding.language())
    from tree_sitter_language_pack import get_language

    return get_language(name)  # type: ignore[arg-type]


def _load_binding(name: str) -> Any:
    """The compiled module of one grammar, or None where it is not a file in the pack's folder."""
    pack = PathFinder.find_spec(_PACK)
    for folder in pack.submodule_search_locations or () if pack is not None else ():
        for path in sorted(Path(folder, "bindings").glob(f"{name}.*")):
            loader = ExtensionFileLoader(name, str(path))
            spec = spec_from_file_location(name, path, loader=loader)
            if spec is not None:
                module = module_from_spec(spec)
                loader.exec_module(module)
                return module
    return None
