"""What the host hands to the check `similarity`: nothing at first, then what was reviewed, kept up to date cheaply."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from app.cancel import CancelToken
from app.desk import Desk
from app.model import Run
from app.paths import Folders
from app.review import triage_findings
from app.settings import Settings
from app.similar import find_dangerous, known_file
from app.similar_export import export_rejected
from app.similar_lists import import_list, list_files, read_lists, remove_list
from app.triage import Verdict
from checks import Severity

pytestmark = [pytest.mark.needs("libarchive", "libmagic")]

CODE = "\n".join(
    f"export function {verb}{noun}Record(input, options) {{ const {noun}Value = {verb}Other(input.{noun}, {number}); "
    f"return options.{verb}({noun}Value, '{noun}-{verb}'); }}"
    for number, (verb, noun) in enumerate(
        (v, n) for v in ("load", "store", "merge", "split") for n in ("wallet", "avatar")
    )
)


@pytest.fixture
def desk(tmp_path: Path, compiled_rules: Path) -> Iterator[Desk]:
    folders = Folders(tmp_path / "data", tmp_path / "config", compiled_rules, tmp_path / "run")
    with Desk(folders, Settings(isolation="reduced")) as opened:
        yield opened


@pytest.fixture
def review(desk: Desk, tmp_path: Path) -> Callable[..., Run]:
    """`review(name, {path: text}, decision)` takes a package in, runs the check, and decides."""

    def run(name: str, files: Mapping[str, str], decision: str = "") -> Run:
        folder = tmp_path / "in" / name
        for path, text in {"package.json": json.dumps({"name": name, "version": "1.0"}), **files}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        submission = desk.take_in(folder, title=name, version="1.0")
        done = desk.run(submission.id, only=["similarity"], on_event=lambda _: None, cancel=CancelToken())
        if decision:
            desk.decide(submission.id, decision, "It takes what is not its own; see the finding.")
        return done

    return run


def known(desk: Desk) -> Path | None:
    return known_file(lambda: desk.store, desk.vault, desk.folders)


def rows(path: Path, sql: str) -> list[tuple]:
    base = sqlite3.connect(path)
    try:
        return base.execute(sql).fetchall()
    finally:
        base.close()


def test_nothing_is_known_at_first(desk: Desk) -> None:
    assert known(desk) is None
    assert not (desk.folders.data / "known").exists()


def test_a_variant_of_what_was_rejected_is_found(desk: Desk, review) -> None:
    assert not review("first", {"src/collect.js": CODE}, "reject").findings
    run = review("second", {"lib/x.js": CODE.replace("wallet", "purse"), "readme.md": "A calendar."})
    (finding,) = run.findings
    assert finding.rule == "variant-of-rejected"
    assert finding.severity.label == "high"
    assert "first 1.0, rejected on 2" in finding.message
    assert "lib/x.js like " in finding.message


def test_its_own_bytes_and_what_is_undecided_are_no_alarm(desk: Desk, review) -> None:
    review("first", {"src/collect.js": CODE})
    assert not review("first", {"src/collect.js": CODE}).findings
    (finding,) = review("second", {"a.js": CODE}).findings
    assert (finding.rule, finding.severity.label) == ("looks-like", "info")
    assert "first 1.0 (not decided" in finding.message


def test_an_approved_package_with_the_same_code_takes_the_alarm_away(desk: Desk, review) -> None:
    review("library", {"lib.js": CODE}, "approve")
    review("rejected", {"vendored.js": CODE, "mine.js": "const nothing = 1;\n" * 20}, "reject")
    rules = {f.rule for f in review("third", {"lib/a.js": CODE}).findings}
    assert rules == {"looks-like"}


def test_unchanged_it_stays_the_same_file_and_changed_it_is_another(desk: Desk, review) -> None:
    review("first", {"a.js": CODE})
    path = known(desk)
    assert path is not None
    before = path.stat().st_ino
    desk.store.record("me", "export", None)
    assert known(desk) == path
    assert path.stat().st_ino == before
    opened = path.open("rb")  # as a worker has it
    desk.decide(1, "reject", "It takes what is not its own; see the finding.")
    known(desk)
    assert path.stat().st_ino != before
    assert rows(path, "SELECT title, verdict FROM package") == [("first", "rejected")]
    assert opened.read(6) == b"SQLite"
    opened.close()


def test_a_damaged_file_is_made_anew(desk: Desk, review) -> None:
    review("first", {"a.js": CODE})
    path = known(desk)
    assert path is not None
    path.write_bytes(b"not a database" * 1000)
    assert known(desk) == path
    assert rows(path, "SELECT count(*) FROM package") == [(1,)]


def test_another_store_is_not_taken_for_this_one(desk: Desk, review) -> None:
    review("first", {"a.js": CODE})
    path = known(desk)
    assert path is not None
    base = sqlite3.connect(path)
    base.execute("UPDATE meta SET value = '1999-01-01' WHERE name = 'at'")
    base.execute("DELETE FROM package")
    base.commit()
    base.close()
    known(desk)
    assert rows(path, "SELECT title FROM package") == [("first",)]


def test_a_damaged_tree_leaves_the_digests(desk: Desk, review) -> None:
    review("first", {"a.js": CODE})
    (folder,) = (desk.vault.root / "trees").glob("*/*")
    (folder / "index.jsonl").chmod(0o600)
    (folder / "index.jsonl").write_text("[]\n")
    desk.decide(1, "reject", "It takes what is not its own; see the finding.")
    path = known(desk)
    assert path is not None
    assert rows(path, "SELECT count(*) FROM file WHERE digest IS NOT NULL") == [(1,)]
    (finding,) = review("second", {"b.js": CODE}).findings
    assert finding.rule == "variant-of-rejected"


def test_lists_are_known_and_forgotten(desk: Desk, review, tmp_path: Path) -> None:
    listed = tmp_path / "feed.csv"

    sha256 = hashlib.sha256(CODE.encode()).hexdigest()
    listed.write_text(f"name,verdict,sha256,date\nbad thing,malicious,{sha256.upper()},2026-09-01\n")
    import_list(listed, desk.folders)
    (finding,) = review("fresh", {"a.js": CODE}).findings
    assert (finding.rule, finding.severity.label) == ("known-bad-file", "critical")
    assert "feed" in finding.message and "bad thing" in finding.message
    remove_list(desk.folders, "feed")
    path = known(desk)
    assert path is not None
    assert rows(path, "SELECT count(*) FROM package WHERE source <> 'vault'") == [(0,)]


def test_an_export_is_a_list_for_others(desk: Desk, review, tmp_path: Path) -> None:
    review("first", {"a.js": CODE}, "reject")
    review("second", {"b.js": "const other = 2;\n" * 30})
    target = tmp_path / "out.jsonl"
    assert export_rejected(desk.store, target) == 1
    (row,) = [json.loads(line) for line in target.read_text().splitlines()]
    assert (row["name"], row["verdict"], row["sha256"]) == ("first", "bad", desk.submission(1).artifact.sha256)
    done = import_list(target, desk.folders, "ours")
    assert (done.kept, done.refused) == (1, 0)
    assert [entry.name for entry in read_lists(desk.folders)] == ["first"]
    assert [path.stem for path in list_files(desk.folders)] == ["ours"]


def test_dangerous_is_what_a_grave_finding_stands_against(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.png").write_bytes(Path(sys.executable).resolve().read_bytes()[: 1 << 20])
    (tmp_path / "app" / "b.js").write_text("const nothing = 1;\n")
    submission = desk.take_in(tmp_path / "app")
    run = desk.run(submission.id, only=["native_binary"], on_event=lambda _: None, cancel=CancelToken())
    grave = [f for f in run.findings if f.severity >= Severity.HIGH]
    assert {f.path.rpartition("/")[2] for f in grave} == {"a.png"}
    assert find_dangerous(desk.store, run) == {grave[0].file_sha256}
    triage_findings(
        desk.store, run, [f.fingerprint for f in grave], Verdict.FALSE_POSITIVE, "an example", reviewer="me"
    )
    assert find_dangerous(desk.store, run) == frozenset()
    assert find_dangerous(desk.store, None) == frozenset()
