"""Tables of a Windows installer (MSI), for the checks that judge what it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.downloads.documents.ole import Compound
from checks.runtime.archives.installer_tables import MARK, Tables, packed_name, plain_name
from checks.runtime.package import File

__all__ = ["Database", "has_tables", "packed_name", "plain_name"]

# Entries of a directory never lie across a border of 128 bytes, and so of no chunk.
_CHUNK, _MOST = 8 << 20, 1 << 30


def has_tables(file: File) -> bool:
    """Whether a compound file is an installer: the name of the pool of texts stands in the directory of every one."""
    return file.size <= _MOST and any(MARK in chunk for chunk in file.chunks(_CHUNK))


class Database(Tables):
    """The tables of an installer. Rows are dictionaries by column; what is damaged is absent."""

    def __init__(self, compound: Compound, limits: Mapping[str, Any]) -> None:
        super().__init__(compound.paths, compound.read, limits)
