"""Writes kept notes as Markdown or CSV."""

from notes_export.model import Note, read_notes
from notes_export.writers import write_csv, write_markdown

__all__ = ["Note", "read_notes", "write_csv", "write_markdown"]
__version__ = "0.9.1"
