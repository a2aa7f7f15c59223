"""The two formats."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from notes_export.model import Note


def write_markdown(notes: Iterable[Note], out: TextIO) -> None:
    for note in notes:
        out.write(f"## {note.made:%Y-%m-%d %H:%M}\n\n{note.text}\n\n")
        if note.source:
            out.write(f"From: {note.source}\n\n")


def write_csv(notes: Iterable[Note], out: TextIO) -> None:
    writer = csv.writer(out)
    writer.writerow(["made", "source", "text"])
    for note in notes:
        writer.writerow([note.made.isoformat(), note.source, note.text])
