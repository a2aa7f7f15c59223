"""The gate in front of the checks of programs and documents: cheap, and never in the way of what it is there for."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from checks.downloads._active import has_active_content

ROOT = Path(__file__).resolve().parents[3]
CHECKS = ("executable", "installer", "macros", "pdf_content", "shortcut")


@pytest.mark.parametrize(
    ("path", "data", "checks"),
    [
        ("a", b"MZ" + bytes(60), {"executable", "installer"}),
        ("a.txt", b"\x7fELF" + bytes(60), {"executable", "installer"}),
        ("a.jpg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", {"macros", "installer"}),
        ("a.jpg", b"noise %PDF-1.4", {"pdf_content"}),
        ("a.txt", b"{\\rtf1}", {"macros"}),
        ("a.bin", b"L\0\0\0\x01\x14\x02\0" + bytes(70), {"shortcut"}),
        ("a.txt", b"; note\n[InternetShortcut]\nURL=x", {"shortcut"}),
        ("a.py", b"import os\n", set()),
        ("word/_rels/document.xml.rels", b"<Relationships/>", {"macros"}),
        ("pom.xml", b"<project/>", set()),
        ("a.class", b"\xca\xfe\xba\xbe\0\0\0\x41", {"executable", "installer"}),
        ("empty", b"", set()),
    ],
)
def test_the_content_decides(make_package: Any, path: str, data: bytes, checks: set[str]) -> None:
    (file,) = make_package({path: data}).files
    assert set(has_active_content(file)) == checks


def test_all_five_share_it(catalog: Any) -> None:
    assert {catalog[name].gate for name in CHECKS} == {has_active_content}


def test_it_costs_next_to_nothing(make_package: Any) -> None:
    files = make_package({f"lib/file{number}.py": b"import os\n" * 200 for number in range(3000)}).files
    start = time.process_time()
    for file in files:
        has_active_content(file)
    assert time.process_time() - start < 3000 * 100e-6  # five times what is promised: the machine may be busy


def test_what_is_none_of_their_business_loads_no_parser() -> None:
    code = """
import sys
from checks.downloads import _active, executable, installer, macros, pdf_content, shortcut
loaded = {"lief", "olefile", "pikepdf", "LnkParse3", "re2"} & set(sys.modules)
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
