"""Importing advisory exports through a real worker, and what a killed, hostile or cancelled import leaves behind."""

# ruff: noqa: E501 - manifests and rows are easier to read unbroken

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app import advisories as advisories_module
from app.advisories import (
    AdvisoryError,
    database_path,
    describe_database,
    import_advisories,
    remove_advisories,
)
from app.advisories_store import BadRow, NewDatabase, open_database
from app.sandbox import Launcher, choose_launcher
from app.workers import WorkerEnded

pytestmark = pytest.mark.needs("linux")
ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 2, 1, tzinfo=UTC)


def record(osv: str, *packages: tuple[str, str], **more: Any) -> dict[str, Any]:
    affected = [
        {"package": {"ecosystem": e, "name": n}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}]}
        for e, n in packages
    ]
    return {"id": osv, "modified": "2026-01-20T00:00:00Z", "summary": "x", "affected": affected, **more}


def export(path: Path, *records: dict[str, Any], **others: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in records:
            archive.writestr(f"{entry['id']}.json", json.dumps(entry))
        for name, data in others.items():
            archive.writestr(f"{name}.json", data)
    return path


@pytest.fixture(scope="module")
def launcher() -> Launcher:
    return choose_launcher("reduced")


def stored(data: Path) -> set[tuple[str, str, str]]:
    with closing(open_database(database_path(data))) as connection:
        return set(
            connection.execute("SELECT a.osv, f.ecosystem, f.name FROM affected f JOIN advisory a ON a.id = f.advisory")
        )


def test_an_import_and_its_status(tmp_path: Path, launcher: Launcher) -> None:
    path = export(
        tmp_path / "npm.zip", record("MAL-2026-1", ("npm", "bad")), record("GHSA-1111", ("npm", "old")),
        record("GHSA-2222", ("npm", "gone"), withdrawn="2026-01-01T00:00:00Z"), broken=b"{",
    )  # fmt: skip
    told: list[tuple[str, int, int]] = []
    summary = import_advisories(tmp_path / "data", [path], launcher, on_progress=lambda *seen: told.append(seen))
    assert (summary.records, summary.withdrawn, summary.bad) == (3, 1, 1)
    assert summary.named == [("broken.json", "no JSON")] and summary.replaced == ("npm",)
    assert ("npm.zip", 0, 4) in told
    status = describe_database(database_path(tmp_path / "data"), NOW)
    assert status is not None
    assert (status.advisories, status.malicious) == (2, 1)
    assert [(e.name, e.advisories, e.malicious) for e in status.ecosystems] == [("npm", 2, 1)]
    assert status.newest == datetime(2026, 1, 20, tzinfo=UTC)
    assert "2 advisories (npm), the newest of 2026-01-20" in status.text


def test_an_old_database_says_so(tmp_path: Path, launcher: Launcher) -> None:
    import_advisories(tmp_path, [export(tmp_path / "a.zip", record("GHSA-1111", ("npm", "old")))], launcher)
    fresh = describe_database(database_path(tmp_path), NOW)
    old = describe_database(database_path(tmp_path), NOW + timedelta(days=60))
    assert fresh is not None and fresh.limitation == ""
    assert old is not None and "72 days old" in old.limitation


def test_an_ecosystem_is_replaced_and_the_others_stay(tmp_path: Path, launcher: Launcher) -> None:
    both = record("GHSA-both", ("npm", "b"), ("PyPI", "b"))
    first = export(tmp_path / "1.zip", record("GHSA-n1", ("npm", "a")), record("GHSA-p1", ("PyPI", "a")), both)
    import_advisories(tmp_path, [first], launcher)
    again = export(tmp_path / "2.zip", record("GHSA-n2", ("npm", "c")), both)
    import_advisories(tmp_path, [again], launcher)
    assert stored(tmp_path) == {
        ("GHSA-n2", "npm", "c"), ("GHSA-p1", "PyPI", "a"), ("GHSA-both", "npm", "b"), ("GHSA-both", "PyPI", "b"),
    }  # fmt: skip


def test_a_single_file_and_add_replace_single_advisories(tmp_path: Path, launcher: Launcher) -> None:
    import_advisories(
        tmp_path,
        [export(tmp_path / "1.zip", record("GHSA-n1", ("npm", "a")), record("GHSA-n2", ("npm", "b")))],
        launcher,
    )
    (tmp_path / "one.json").write_text(json.dumps(record("GHSA-n1", ("npm", "moved"))))
    import_advisories(tmp_path, [tmp_path / "one.json"], launcher)
    assert stored(tmp_path) == {("GHSA-n1", "npm", "moved"), ("GHSA-n2", "npm", "b")}
    more = export(
        tmp_path / "2.zip", record("GHSA-n3", ("npm", "c")), record("GHSA-n2", ("npm", "b"), withdrawn="2026")
    )
    import_advisories(tmp_path, [more], launcher, add=True)
    assert stored(tmp_path) == {("GHSA-n1", "npm", "moved"), ("GHSA-n3", "npm", "c")}


def test_a_folder(tmp_path: Path, launcher: Launcher) -> None:
    folder = tmp_path / "export"
    (folder / "2026").mkdir(parents=True)
    (folder / "2026" / "a.json").write_text(json.dumps(record("GHSA-n1", ("npm", "a"))))
    (folder / "b.json").write_text("nothing")
    export(folder / "pypi.zip", record("GHSA-p1", ("PyPI", "a")))
    summary = import_advisories(tmp_path / "data", [folder], launcher)
    assert (summary.records, summary.bad) == (2, 1)
    assert stored(tmp_path / "data") == {("GHSA-n1", "npm", "a"), ("GHSA-p1", "PyPI", "a")}


def test_the_same_advisory_twice_counts_once(tmp_path: Path, launcher: Launcher) -> None:
    one = export(tmp_path / "1.zip", record("GHSA-n1", ("npm", "a")))
    two = export(tmp_path / "2.zip", record("GHSA-n1", ("npm", "b")))
    import_advisories(tmp_path, [one, two], launcher)
    assert stored(tmp_path) == {("GHSA-n1", "npm", "b")}


@pytest.mark.parametrize(
    ("name", "data"),
    [("empty.zip", None), ("text.zip", b"PK but no zip"), ("none.json", b"[]"), ("nothing.json", b"")],
)
def test_a_file_with_no_advisory_is_one_line(tmp_path: Path, launcher: Launcher, name: str, data: bytes | None) -> None:
    import_advisories(tmp_path, [export(tmp_path / "1.zip", record("GHSA-n1", ("npm", "a")))], launcher)
    before = database_path(tmp_path).read_bytes()
    path = tmp_path / name
    if data is None:
        export(path, broken=b"{}")
    else:
        path.write_bytes(data)
    with pytest.raises(AdvisoryError) as raised:
        import_advisories(tmp_path, [path], launcher)
    assert name in str(raised.value) and "\n" not in str(raised.value)
    assert database_path(tmp_path).read_bytes() == before
    assert list(tmp_path.glob("advisories-*")) == []


def test_a_cancelled_import_changes_nothing(tmp_path: Path, launcher: Launcher) -> None:
    import_advisories(tmp_path, [export(tmp_path / "1.zip", record("GHSA-n1", ("npm", "a")))], launcher)
    before = database_path(tmp_path).read_bytes()
    with pytest.raises(WorkerEnded, match="cancelled"):
        import_advisories(
            tmp_path, [export(tmp_path / "2.zip", *(record(f"GHSA-{n}", ("npm", "b")) for n in range(500)))], launcher,
            cancelled=lambda: True,
        )  # fmt: skip
    assert database_path(tmp_path).read_bytes() == before
    assert list(tmp_path.glob("advisories-*")) == []


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from app import advisories
from app.sandbox import choose_launcher
stop = sys.argv[3]
if stop == "publish":
    advisories._publish = lambda new, target: os.kill(os.getpid(), signal.SIGKILL)
def progress(name, done, total):
    if stop == "reading" or name == stop:
        os.kill(os.getpid(), signal.SIGKILL)
advisories.import_advisories(Path(sys.argv[2]), [Path(sys.argv[2]) / "2.zip"], choose_launcher("reduced"), on_progress=progress)
"""


@pytest.mark.parametrize("stop", ["reading", "indexing", "publish"])
def test_a_killed_import_leaves_the_old_database(tmp_path: Path, launcher: Launcher, stop: str) -> None:
    import_advisories(tmp_path, [export(tmp_path / "1.zip", record("GHSA-n1", ("npm", "a")))], launcher)
    before = database_path(tmp_path).read_bytes()
    export(tmp_path / "2.zip", record("GHSA-n2", ("npm", "b")))
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(ROOT), str(tmp_path), stop], capture_output=True, timeout=60
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert database_path(tmp_path).read_bytes() == before
    assert list(tmp_path.glob("advisories-*")) != []
    import_advisories(tmp_path, [tmp_path / "2.zip"], launcher)
    assert stored(tmp_path) == {("GHSA-n2", "npm", "b")}
    assert list(tmp_path.glob("advisories-*")) == []


def test_two_imports_at_once(tmp_path: Path, launcher: Launcher) -> None:
    path = export(tmp_path / "1.zip", record("GHSA-n1", ("npm", "a")))
    with advisories_module._alone(tmp_path), pytest.raises(AdvisoryError, match="another import"):
        import_advisories(tmp_path, [path], launcher)


def test_remove(tmp_path: Path, launcher: Launcher) -> None:
    first = export(tmp_path / "1.zip", record("GHSA-n1", ("npm", "a")), record("GHSA-p1", ("PyPI", "a")))
    import_advisories(tmp_path, [first], launcher)
    with pytest.raises(AdvisoryError, match="cargo"):
        remove_advisories(tmp_path, ["cargo"])
    remove_advisories(tmp_path, ["npm"])
    assert stored(tmp_path) == {("GHSA-p1", "PyPI", "a")}
    remove_advisories(tmp_path)
    assert describe_database(database_path(tmp_path)) is None


def test_a_database_that_is_none(tmp_path: Path) -> None:
    database_path(tmp_path).write_bytes(b"nonsense" * 100)
    with pytest.raises(AdvisoryError, match="import the exports again"):
        describe_database(database_path(tmp_path))


ROW: list[Any] = [
    "GHSA-1",
    "2026-01-01T00:00:00",
    3,
    "text",
    ["CVE-1"],
    [["npm", "", "a", [[["introduced", "0"]]], ["1"]]],
]


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, 5), (0, "x" * 500), (1, "2" * 50), (2, 9), (2, True), (2, "3"), (3, "x" * 5000), (3, "\ud800"), (4, ["x" * 200]),
     (4, "CVE-1"), (5, [["npm", "", "a"]]), (5, [["npm", "", "a", [[["sudo", "1"]]], []]]), (5, [["npm", "", "a", [[["fixed"]]], []]]),
     (5, [["npm", "", "a", [], ["x" * 500]]]), (5, [["npm" * 50, "", "a", [], []]]), (5, {}), (5, [["npm", "", "a" * 999, [], []]])],
)  # fmt: skip
def test_the_host_refuses_rows_out_of_bounds(tmp_path: Path, place: int, value: Any) -> None:
    database = NewDatabase(tmp_path / "new.db", None)
    database.take([ROW], replacing=True)
    with pytest.raises(BadRow):
        database.take([[*ROW[:place], value, *ROW[place + 1 :]]], replacing=True)
    database.close()


def test_long_lists_are_packed_and_come_back(tmp_path: Path) -> None:
    from checks.downloads.osv.match import _unpack

    versions = [f"1.0.{n}" for n in range(3000)]
    database = NewDatabase(tmp_path / "new.db", None)
    database.take([[*ROW[:5], [["npm", "", "a", ROW[5][0][3], versions]]]], replacing=True)
    database.finish("2026-01-01T00:00:00")
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        ranges, packed = connection.execute("SELECT ranges, versions FROM affected").fetchone()
    assert isinstance(packed, bytes) and len(packed) < 15_000
    assert _unpack(packed) == versions and _unpack(ranges) == [[["introduced", "0"]]]


def assay(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments], cwd=ROOT, env=os.environ, capture_output=True, timeout=100
    )


@pytest.mark.needs("bwrap")
def test_the_verb(tmp_path: Path) -> None:
    nothing = assay("advisories")
    assert nothing.returncode == 0 and b"no advisory database" in nothing.stdout
    missing = assay("advisories", "import", str(tmp_path / "absent.zip"))
    assert missing.returncode == 2 and missing.stderr.count(b"\n") == 1
    path = export(tmp_path / "npm.zip", record("MAL-2026-1", ("npm", "bad")), broken=b"{")
    done = assay("advisories", "import", str(path))
    assert done.returncode == 0, done.stderr
    assert b"imported" in done.stdout and b"broken.json: no JSON" in done.stdout
    assert b"npm" in assay("advisories").stdout
    for unclear in ((), ("npm", "--all")):
        refused = assay("advisories", "remove", *unclear)
        assert refused.returncode == 2 and b"say which ecosystems" in refused.stderr
    assert assay("advisories", "remove", "npm").returncode == 0
    assert b"no advisory database" in assay("advisories").stdout


def test_an_import_replaces_a_database_that_is_damaged_and_says_so(tmp_path: Path, launcher: Launcher) -> None:
    database_path(tmp_path).write_bytes(b"no database")
    with pytest.raises(AdvisoryError, match="import the exports again"):
        describe_database(database_path(tmp_path))
    summary = import_advisories(tmp_path, [export(tmp_path / "1.zip", record("GHSA-n1", ("npm", "a")))], launcher)
    assert stored(tmp_path) == {("GHSA-n1", "npm", "a")}
    assert "import the exports again" in summary.lost


def test_a_database_that_is_damaged_inside_is_named_with_the_way_out(tmp_path: Path, launcher: Launcher) -> None:
    many = (record(f"GHSA-{n}", ("npm", f"a{n}")) for n in range(300))
    import_advisories(tmp_path, [export(tmp_path / "1.zip", *many)], launcher)
    data = bytearray(database_path(tmp_path).read_bytes())
    with closing(open_database(database_path(tmp_path))) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'affected'").fetchone()
    data[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    database_path(tmp_path).write_bytes(data)
    with pytest.raises(AdvisoryError, match="assay advisories remove --all") as raised:
        import_advisories(tmp_path, [export(tmp_path / "2.zip", record("GHSA-p1", ("PyPI", "a")))], launcher)
    assert str(database_path(tmp_path)) in str(raised.value)
    remove_advisories(tmp_path)
    assert describe_database(database_path(tmp_path)) is None


def test_a_folder_in_the_place_of_the_database_is_one_line(tmp_path: Path, launcher: Launcher) -> None:
    database_path(tmp_path).mkdir()
    with pytest.raises(AdvisoryError, match="is a folder"):
        import_advisories(tmp_path, [export(tmp_path / "1.zip", record("GHSA-n1", ("npm", "a")))], launcher)
    with pytest.raises(AdvisoryError, match="cannot be removed"):
        remove_advisories(tmp_path)


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"hello", "neither a zip nor JSON"), (b"", "neither a zip nor JSON"), (b"PK cut off", "it is no zip: fetch")],
)
def test_what_is_no_export_is_said_in_plain_words(tmp_path: Path, launcher: Launcher, data: bytes, said: str) -> None:
    (tmp_path / "all.zip").write_bytes(data)
    with pytest.raises(AdvisoryError, match=said) as raised:
        import_advisories(tmp_path, [tmp_path / "all.zip"], launcher)
    assert "BadExport" not in str(raised.value) and "all.zip" in str(raised.value)


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path, launcher: Launcher) -> None:
    (tmp_path / "data").write_text("a file where the folder belongs")
    with pytest.raises(AdvisoryError, match="cannot be written"):
        import_advisories(tmp_path / "data", [export(tmp_path / "1.zip", record("GHSA-n1", ("npm", "a")))], launcher)
