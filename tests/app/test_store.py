from __future__ import annotations

import dataclasses
import itertools
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import records
from app.checklist import Answer
from app.database import open_database
from app.model import Artifact, CheckResult, Component, Isolation, Run, RunFact, RunFinding, Submission, TreeSummary
from app.schema import MIGRATIONS
from app.store import Store, StoreError
from app.triage import TriageEntry, Verdict
from checks import Outcome, Severity

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ISOLATION = Isolation("bubblewrap", True, ("no network", "read-only package"), ("time",))
# whatever Python can hold, lone surrogates and NUL included
anything = st.text(st.characters(codec=None), max_size=60)
names = st.binary(max_size=40).map(lambda b: b.decode("utf-8", "surrogateescape"))


def make_artifact(seed: str = "a", name: str = "thing.zip") -> Artifact:
    return Artifact((seed * 64)[:64], (seed * 32)[:32], (seed * 40)[:40], 123, name)


def make_finding(seed: int = 0, /, **changes: object) -> RunFinding:
    finding = RunFinding(
        check="secrets",
        rule="aws",
        severity=Severity.HIGH,
        confidence="high",
        message=f"a key number{seed}",
        path=f"dir/file{seed}.js",
        raw_path=f"dir/file{seed}.js",
        file_sha256="c" * 64,
        number=seed,
        line=3,
        column=4,
        start=10,
        end=20,
        snippet="const key = ****",
        fingerprint=f"{seed:064x}",
        state="new",
        guidelines=("DL-01", "DL-02"),
        remediation="Revoke it.",
        references=("CWE-798",),
        secret=True,
    )
    return dataclasses.replace(finding, **changes)  # type: ignore[arg-type]


def make_result(**changes: object) -> CheckResult:
    result = CheckResult(
        "secrets", "Secrets", Outcome.FOUND, 1.5, "", {"allow": ["x"]}, ("DL-01",), 1, 7, 3, ("one", "two"), "half"
    )
    return dataclasses.replace(result, **changes)  # type: ignore[arg-type]


def make_run(store: Store, about: Submission, findings: tuple[RunFinding, ...] = ()) -> Run:
    number = store.start_run(about.id, profile="standard", isolation=ISOLATION, tool="assay 1")
    return Run(
        id=number,
        submission=about.id,
        artifact=about.artifact,
        kind="download",
        profile="standard",
        started=store.runs(about.id)[0].started,
        finished=AT,
        isolation=ISOLATION,
        tree=TreeSummary("zip", "npm", "left-pad", "1.0", "download", 5, 4, 999, 1),
        baseline=make_artifact("b"),
        checks=(make_result(), make_result(id="mime", outcome=Outcome.TIMEOUT, log=())),
        findings=findings,
        cancelled=True,
        tool="assay 1",
        inventory=(Component("left-pad", "1.0", "pkg:npm/left-pad@1.0", "package.json", scope="runtime"),),
        facts=(RunFact("manifest", "permission", "tabs", "reads", "m.json", "c" * 64, 3, Severity.LOW, "new"),),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    ticks = itertools.count()
    opened = Store(tmp_path / "data" / "assay.db", clock=lambda: AT + timedelta(seconds=next(ticks)))
    yield opened
    opened.close()


@pytest.fixture
def about(store: Store) -> Submission:
    return store.add_submission(make_artifact(), kind="download", title="Left Pad", source="/home/left.zip", who="Ada")


def audit_actions(store: Store) -> list[str]:
    return [row.action for row in store.audit()]


def test_a_submission_is_what_was_entered(store: Store, about: Submission) -> None:
    assert about.artifact == make_artifact()
    assert (about.title, about.kind, about.source, about.added) == ("Left Pad", "download", "/home/left.zip", AT)
    assert (about.baseline, about.lesson) == (None, "")
    second = store.add_submission(make_artifact(name="other.zip"), kind="web", baseline=about.id, lesson="x")
    assert store.submissions() == (second, about)
    assert store.find_submission(make_artifact().sha256) == second
    assert store.find_submission("f" * 64) is None
    assert (second.artifact.name, about.artifact.name) == ("other.zip", "thing.zip")
    with pytest.raises(StoreError, match="no submission 99"):
        store.submission(99)


def test_changes_of_a_submission_are_logged_with_what_was_before(store: Store, about: Submission) -> None:
    older = store.add_submission(make_artifact("b"), kind="download")
    changed = store.update_submission(about.id, who="Ada", kind="web", baseline=older.id, title=about.title)
    assert (changed.kind, changed.baseline) == ("web", older.id)
    row = store.audit(about.id)[0]
    assert (row.who, row.action) == ("Ada", "change")
    assert row.detail == {"kind": {"from": "download", "to": "web"}, "baseline": {"from": None, "to": older.id}}
    logged = len(store.audit())
    assert store.update_submission(about.id, kind="web") == changed
    assert len(store.audit()) == logged, "nothing changed, nothing to log"
    assert store.update_submission(about.id, baseline=None).baseline is None
    with pytest.raises(StoreError, match="its own baseline"):
        store.update_submission(about.id, baseline=about.id)
    with pytest.raises(StoreError, match="no submission 77"):
        store.update_submission(about.id, baseline=77)
    with pytest.raises(TypeError):
        store.update_submission(about.id, artifact="x")


def test_a_run_comes_back_as_it_was(store: Store, about: Submission) -> None:
    run = make_run(store, about, (make_finding(1), make_finding(2, number=None, line=None, state=None, secret=False)))
    store.finish_run(run)
    assert store.last_run(about.id) == run
    assert store.runs(about.id) == (dataclasses.replace(run, checks=(), findings=(), inventory=(), facts=()),)
    store.finish_run(run)
    assert store.last_run(about.id) == run, "a run that is finished twice is there once"


def test_a_run_that_was_cut_off_is_shown_as_such_and_keeps_what_it_had(store: Store, about: Submission) -> None:
    run = make_run(store, about, (make_finding(1),))
    store.finish_run(run)
    cut = store.start_run(about.id, profile="standard", isolation=ISOLATION)
    store.add_results(cut, [make_result()], [make_finding(2)])
    store.add_results(cut, [make_result(seconds=9.0)], [make_finding(3)])
    assert store.last_run(about.id) == run
    shown = store.last_run(about.id, finished_only=False)
    assert shown is not None
    assert (shown.id, shown.finished) == (cut, None)
    assert [c.seconds for c in shown.checks] == [9.0]
    assert [f.number for f in shown.findings] == [3]
    assert [r.finished for r in store.runs(about.id)] == [None, AT]
    with pytest.raises(StoreError, match="has ended"):
        store.add_results(run.id, [make_result()], [])


def test_a_run_cannot_be_finished_for_other_bytes(store: Store, about: Submission) -> None:
    run = make_run(store, about)
    with pytest.raises(StoreError, match="over these bytes"):
        store.finish_run(dataclasses.replace(run, artifact=make_artifact("d")))
    assert store.last_run(about.id) is None


def test_twenty_thousand_findings_are_kept_in_under_a_second(store: Store, about: Submission) -> None:
    findings = tuple(make_finding(n, snippet=f"const key{n} = '****' // more words") for n in range(20_000))
    run = make_run(store, about, findings)
    begin = time.perf_counter()
    store.finish_run(run)
    written = time.perf_counter() - begin
    begin = time.perf_counter()
    again = store.last_run(about.id)
    read = time.perf_counter() - begin
    assert again == run
    # three times what the promise says: the machine is shared with other tests
    assert written < 3, f"{written:.2f} s"
    assert read < 1.5, f"{read:.2f} s"


def test_search_finds_words_of_the_latest_finished_run(store: Store, about: Submission) -> None:
    old = make_run(store, about, (make_finding(1, message="an outdated thing"),))
    store.finish_run(old)
    store.finish_run(make_run(store, about, (make_finding(1), make_finding(2, path="lib/Loader.js"))))
    assert [hit.finding.path for hit in store.search("loader")] == ["lib/Loader.js"]
    assert [hit.submission for hit in store.search("lib load")] == [about.id]
    assert store.search("outdated") == ()
    assert len(store.search("key", limit=1)) == 1
    assert store.search("  ") == ()
    with store.transaction() as db:
        db.execute("INSERT INTO findings_fts(findings_fts, rank) VALUES ('integrity-check', 0)")
    last = store.last_run(about.id)
    assert last is not None
    store.finish_run(dataclasses.replace(last, findings=(make_finding(5, message="entirely replaced"),)))
    assert store.search("loader") == ()
    assert len(store.search("entirely")) == 1
    with store.transaction() as db:
        db.execute("INSERT INTO findings_fts(findings_fts, rank) VALUES ('integrity-check', 1)")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(query=anything)
def test_no_query_is_a_syntax_error(store: Store, query: str) -> None:
    store.search(query)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(raw_path=names, wild=anything)
def test_hostile_text_is_kept_and_raw_names_come_back_byte_for_byte(store: Store, raw_path: str, wild: str) -> None:
    about = store.add_submission(make_artifact(name=wild), kind="download", title=wild, source=raw_path, who=wild)
    assert about.source == raw_path
    wild_finding = make_finding(1, raw_path=raw_path, path=wild, message=wild, snippet=wild, remediation=wild)
    run = make_run(store, about, (wild_finding,))
    run = dataclasses.replace(run, checks=(make_result(reason=wild, log=(wild,), parameters={wild: wild}),))
    store.finish_run(run)
    kept = store.last_run(about.id)
    assert kept is not None
    assert kept.findings[0].raw_path == raw_path
    assert kept.findings[0].message == records.text(wild)
    assert kept.checks[0].log == (wild,)
    store.set_note(about.id, wild)
    assert store.note(about.id) == records.text(wild)
    store.record(wild, wild, about.id, detail=wild)
    assert store.audit(about.id, 1)[0].detail == {"detail": wild}


@given(wild=anything)
def test_any_name_becomes_bytes_and_text_that_sqlite_holds(wild: str) -> None:
    assert bool(records.text(wild).encode()) == bool(wild)
    assert "\0" not in records.text(wild)
    records.name(records.raw(wild)).encode("utf-8", "surrogateescape")


@given(name=names)
def test_raw_names_round_trip(name: str) -> None:
    assert records.name(records.raw(name)) == name


def test_a_text_of_ten_megabytes_is_kept_whole(store: Store, about: Submission) -> None:
    store.set_note(about.id, "é" * 5_000_000)
    assert len(store.note(about.id)) == 5_000_000


def test_answers_replace_each_other_and_the_log_has_them_all(store: Store, about: Submission) -> None:
    first = Answer("DL-01", "met", "looked", "Ada", AT)
    second = Answer("DL-01", "not_applicable", "no code in it", "Bo", AT)
    store.set_answer(about.id, first)
    store.set_answer(about.id, second)
    assert store.answers(about.id) == {"DL-01": second}
    store.withdraw_answer(about.id, "DL-01", "Bo")
    store.withdraw_answer(about.id, "DL-01", "Bo")
    assert store.answers(about.id) == {}
    assert [(r.who, r.detail["value"]) for r in store.audit(about.id) if r.action == "answer"] == [
        ("Bo", None),
        ("Bo", "not_applicable"),
        ("Ada", "met"),
    ]


def test_triage_only_grows(store: Store, about: Submission) -> None:
    entries = [
        TriageEntry("f1", "c" * 64, Verdict.FALSE_POSITIVE, "a test key", "Ada", AT, "a.js"),
        TriageEntry("f2", "c" * 64, Verdict.CONFIRMED, "", "Ada", AT, "b.js"),
        TriageEntry("f1", "c" * 64, None, "", "Bo", AT, "a.js"),
    ]
    store.add_triage(about.id, entries)
    assert store.triage_entries(["f1", "f1", "nothing"]) == (entries[0], entries[2])
    assert store.triage_entries(["f2", "f1"]) == tuple(entries)
    assert store.triage_entries([]) == ()
    assert len(store.triage_entries(["f1", *(f"x{n}" for n in range(40_000))])) == 2
    assert audit_actions(store)[:3] == ["triage"] * 3


def test_recent_reasons_are_distinct_and_newest_first(store: Store, about: Submission) -> None:
    for second, reason in enumerate(["one", "two", "one"]):
        at = AT + timedelta(seconds=second)
        store.add_triage(about.id, [TriageEntry("f", "c" * 64, Verdict.ACCEPTED_RISK, reason, "Ada", at)])
    assert store.recent_reasons() == ("one", "two")
    store.add_decision(about.id, "reject", "three", overrides=(), reviewer="Ada", run=None)
    assert store.recent_reasons(1) == ("three",)


def test_a_decision_binds_to_bytes_and_run(store: Store, about: Submission) -> None:
    run = make_run(store, about)
    store.finish_run(run)
    first = store.add_decision(about.id, "reject", "no", overrides=(), reviewer="Ada", run=run.id)
    second = store.add_decision(about.id, "approve", "yes\nindeed", overrides=("DL-01 open",), reviewer="Bo", run=None)
    assert store.decisions(about.id) == (second, first)
    assert (first.artifact_sha256, first.run, first.reviewer) == (about.artifact.sha256, run.id, "Ada")
    assert (second.overrides, second.reason, second.run) == (("DL-01 open",), "yes\nindeed", None)
    row = store.audit(about.id)[0]
    assert (row.action, row.detail["overrides"]) == ("decision", ["DL-01 open"])
    with pytest.raises(StoreError):
        store.add_decision(about.id, "reject", "no", overrides=(), reviewer="Ada", run=999)


@pytest.mark.parametrize("table", ["audit", "decisions", "triage"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id + 1", "DELETE FROM {}", "REPLACE INTO {} SELECT * FROM {}"])
def test_history_cannot_be_rewritten(store: Store, about: Submission, table: str, sql: str) -> None:
    store.add_triage(about.id, [TriageEntry("f", "c" * 64, None, "", "Ada", AT)])
    store.add_decision(about.id, "reject", "no", overrides=(), reviewer="Ada", run=None)
    with pytest.raises(StoreError, match="append-only"), store.transaction() as db:
        db.conn.execute(sql.format(table, table))
    assert len(store.decisions(about.id)) == 1


def test_a_failed_change_leaves_neither_row_nor_log(
    store: Store, about: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = len(store.audit())

    def refuse(*args: object) -> None:
        raise RuntimeError("no log today")

    with monkeypatch.context() as patch:
        patch.setattr(store, "_log_all", refuse)
        for change in (
            lambda: store.set_answer(about.id, Answer("DL-01", "met", "", "Ada", AT)),
            lambda: store.add_triage(about.id, [TriageEntry("f", "c" * 64, None, "", "Ada", AT)]),
            lambda: store.add_decision(about.id, "reject", "no", overrides=(), reviewer="Ada", run=None),
            lambda: store.update_submission(about.id, kind="web"),
            lambda: store.add_submission(make_artifact("e"), kind="web"),
        ):
            with pytest.raises(RuntimeError):
                change()
    assert store.answers(about.id) == {}
    assert store.triage_entries(["f"]) == ()
    assert store.decisions(about.id) == ()
    assert store.submissions() == (about,)
    assert len(store.audit()) == logged


def test_several_calls_can_be_one_change(store: Store, about: Submission) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        store.set_note(about.id, "half")
        store.update_submission(about.id, kind="web")
        raise RuntimeError
    assert store.note(about.id) == ""
    assert store.submission(about.id).kind == "download"


def test_a_refused_part_does_not_undo_the_rest_of_a_change(store: Store, about: Submission) -> None:
    with store.transaction():
        store.set_note(about.id, "kept")
        with pytest.raises(StoreError):
            store.add_decision(about.id, "reject", "no", overrides=(), reviewer="Ada", run=999)
    assert store.note(about.id) == "kept"


def test_threads_and_two_open_stores_do_not_disturb_each_other(store: Store, about: Submission) -> None:
    other = Store(store._base.path)
    failures: list[BaseException] = []

    def work(mine: Store, guideline: str) -> None:
        try:
            for _ in range(15):
                mine.set_answer(about.id, Answer(guideline, "met", "", "Ada", AT))
                assert guideline in mine.answers(about.id)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(s, f"G-{n}")) for n, s in enumerate([store, other] * 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert failures == []
    assert len(store.answers(about.id)) == 4
    assert sum(row.action == "answer" for row in store.audit()) == 60


def test_the_database_is_private_and_safe_against_power_loss(store: Store) -> None:
    assert store._base.path.stat().st_mode & 0o077 == 0
    with store.transaction() as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert db.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_a_newer_database_is_refused_in_one_line_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "assay.db"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StoreError, match="later version") as raised:
        Store(path)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS) + 1


def test_a_database_of_the_first_format_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "assay.db"
    db = open_database(path, MIGRATIONS[:1])
    db.execute("INSERT INTO artifacts VALUES ('a', 'm', 's', 1, 'a.zip')")
    db.execute("INSERT INTO submissions (id, artifact, name, kind, added) VALUES (1, 'a', 'a.zip', '', ?)", [str(AT)])
    db.execute(
        "INSERT INTO runs (id, submission, artifact, kind, profile, started, isolation) "
        "VALUES (1, 1, 'a', 'download', 'standard', ?, '{}')",
        [str(AT)],
    )
    db.execute("INSERT INTO check_results (run, check_id, outcome) VALUES (1, 'secrets', 'clean')")
    db.close()
    db = open_database(path)
    assert list(db.query("SELECT check_id, outcome, limitation FROM check_results")) == [
        {"check_id": "secrets", "outcome": "clean", "limitation": ""}
    ]
    db.close()


def test_a_migration_that_fails_leaves_the_format_before_it(tmp_path: Path) -> None:
    path = tmp_path / "assay.db"

    def broken(db) -> None:  # type: ignore[no-untyped-def]
        db.create_table("extra", {"id": int})
        db.table("audit").enable_fts(["detail"])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        open_database(path, (*MIGRATIONS, broken))
    db = open_database(path)
    assert not [t for t in db.table_names() if t == "extra" or t.startswith("audit_fts")]
    db.close()


@pytest.mark.parametrize("content", [b"this is no database, it is a text that somebody put here" * 40])
def test_a_file_that_is_no_database_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "assay.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="move it away"):
        Store(path)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        Store(tmp_path / "file" / "assay.db")


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "assay.db")
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.submissions()


def test_a_time_without_its_zone_is_refused(store: Store, about: Submission) -> None:
    with pytest.raises(ValueError, match="time zone"):
        store.set_answer(about.id, Answer("DL-01", "met", "", "Ada", datetime(2026, 1, 1)))


CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from app.checklist import Answer
from app.store import Store
store = Store(Path(sys.argv[1]))
about = store.submissions()[0].id
done = int(store.note(about) or 0)
while True:
    done += 1
    with store.transaction():
        store.set_answer(about, Answer(f"G-{done}", "met", "", "Ada", datetime.now(UTC)))
        store.set_note(about, str(done))
    print(done, flush=True)
"""


def test_kill_loses_at_most_what_was_in_flight(store: Store, about: Submission) -> None:
    path, chance = store._base.path, random.Random(7)
    last = 0
    for _ in range(4):
        with subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, cwd=ROOT) as child:
            assert child.stdout is not None
            for _ in range(chance.randint(1, 25)):
                last = int(child.stdout.readline())
            os.kill(child.pid, signal.SIGKILL)
            last = int(([b"%d" % last, *child.stdout.read().split()])[-1])
            child.wait()
        kept = int(store.note(about.id))
        # whatever was reported is there; one more may have been committed and not reported
        assert last <= kept <= last + 1
        assert len(store.answers(about.id)) == kept
        assert sum(row.action == "answer" for row in store.audit()) == kept
        with store.transaction() as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_log_tells_of_every_run_that_ended(store: Store, about: Submission) -> None:
    run = make_run(store, about)
    before = len(store.audit(about.id))
    store.finish_run(run)
    (row, *_) = store.audit(about.id)
    assert len(store.audit(about.id)) == before + 1
    assert (row.action, row.who) == ("run", "assay")
    assert row.detail["did_not_run"] == ["mime"] and row.detail["limited"] == ["mime", "secrets"]


def test_addresses_are_kept_but_not_listed(store: Store, about: Submission) -> None:
    run = make_run(store, about, ())
    address = RunFact("indicators", "address", "url", "https://example.invalid/\udcff", "a.js")
    store.finish_run(dataclasses.replace(run, facts=(*run.facts, address)))
    last = store.last_run(about.id)
    assert last is not None and last.facts == run.facts
    assert [f.group for f in store.facts(run.id)] == ["permission", "address"]
