"""`assay doctor` and `assay guidelines` as a newcomer runs them."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.mark.needs("bwrap", "clamd", "libarchive", "libmagic")
def test_doctor_finds_everything_and_ends_what_a_check_started(assay, practice: Path) -> None:
    assay("check", practice / "acme-notes-2.4.1.xpi")
    told = assay("doctor")
    assert told.returncode == 0, told.stdout.decode()
    assert b"MISSING" not in told.stdout
    assert b"signatures (" in told.stdout
    real = any(Path("/var/lib/clamav").glob("*.c[lv]d"))
    assert (b"Only test files are recognised" in told.stdout) is not real
    assert assay("doctor", "--stop-clamd").stdout.startswith(b"clamd was ended")
    assert assay("doctor", "--stop-clamd").stdout.startswith(b"no clamd")


def test_doctor_says_how_to_get_what_is_missing(assay, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    bare = {"PATH": str(tmp_path), "ASSAY_CLAMD": "/nonexistent/clamd", "XDG_RUNTIME_DIR": str(tmp_path)}
    told = assay("doctor", env=bare)
    assert told.returncode == 3
    assert b"apt install bubblewrap" in told.stdout
    assert b"apt install clamav-daemon" in told.stdout


def test_a_broken_settings_file_is_named(assay, own_home: Path, practice: Path) -> None:
    settings = own_home / ".config" / "assay" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("isolation = 7\n")
    done = assay("check", practice / "acme-notes-2.4.1.xpi")
    assert done.returncode == 2
    assert str(settings) in done.stderr.decode() and len(done.stderr.decode().splitlines()) == 1


@pytest.mark.parametrize("format", ["md", "html"])
def test_guidelines_are_printed_for_developers(assay, format: str) -> None:
    told = assay("guidelines", "--profile", "financial", "--kind", "download", "--format", format)
    assert told.returncode == 0
    assert b"DL-08" in told.stdout
