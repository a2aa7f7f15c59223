"""notes-export INPUT [--format markdown|csv]"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from notes_export.model import read_notes
from notes_export.writers import write_csv, write_markdown


def main() -> int:
    parser = argparse.ArgumentParser(prog="notes-export")
    parser.add_argument("input", type=Path)
    parser.add_argument("--format", choices=["markdown", "csv"], default="markdown")
    arguments = parser.parse_args()
    write = write_csv if arguments.format == "csv" else write_markdown
    write(read_notes(arguments.input), sys.stdout)
    return 0
