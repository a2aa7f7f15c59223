"""`assay figures` in a process of its own: text, CSV and JSON of a desk that has decided, and of one that has not."""

from __future__ import annotations

import csv
import io
import json

import pytest

from app.model import Artifact
from app.paths import Folders
from app.store import Store


@pytest.fixture
def decided(environment, monkeypatch):
    """A desk on which one submission was rejected."""
    monkeypatch.setenv("XDG_DATA_HOME", environment["XDG_DATA_HOME"])
    store = Store(Folders.of_user().data / "assay.db")
    artifact = Artifact("a" * 64, "a" * 32, "a" * 40, 10, "notes.zip")
    about = store.add_submission(artifact, kind="web", title="Notes", version="1.0")
    store.add_decision(about.id, "reject", "=1+1 asks home. More.", overrides=(), reviewer="Rita", run=None)
    store.close()


def test_a_desk_without_a_record_says_so_in_numbers(assay):
    ran = assay("figures")
    assert ran.returncode == 0 and not ran.stderr, ran.stderr.decode()
    text = ran.stdout.decode()
    assert "this desk, no marketplace" in text and "none in this period" in text and "(13 weeks)" in text


def test_the_figures_as_text_csv_and_json(assay, decided, tmp_path):
    text = assay("figures", "--days", "7").stdout.decode()
    assert "1 rejected" in text and "=1+1 asks home" in text and "(7 days)" in text
    target = tmp_path / "f.csv"
    ran = assay("figures", "--format", "csv", "--output", target)
    assert ran.returncode == 0 and ran.stdout == b"", ran.stderr.decode()
    rows = list(csv.reader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    assert ["rejection reason", "'=1+1 asks home", "1", "rejections"] in rows
    document = json.loads(assay("figures", "--format", "json").stdout)
    assert document["schema"] == "assay-figures/1" and document["decisions"]["rejected"] == 1
    assert document["reviewers"][0]["name"] == "Rita" and document["until"] and document["spans"][0]["start"]


def test_wrong_use_is_one_line(assay, tmp_path):
    assert b"from 1 to 3650" in assay("figures", "--days", "0").stderr
    ran = assay("figures", "--output", tmp_path / "none" / "f.txt")
    assert ran.returncode == 2 and ran.stderr.count(b"\n") == 1 and b"choose another place" in ran.stderr
