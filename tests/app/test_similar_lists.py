"""Lists of known packages: what can be used is kept, what cannot is told by its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import DeskError
from app.paths import Folders
from app.similar_lists import BadList, import_list, list_files, lists_state, read_lists, remove_list
from checks.downloads.similar.digests import digest_bytes

SHA = "ab" * 32
DIGEST = str(digest_bytes(b"const wallet = loadWallet(session); return gatherRecords(wallet, account, invoice);" * 3))


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "data", tmp_path / "config", tmp_path / "cache", tmp_path / "run")


def test_csv_with_bad_lines(tmp_path: Path, folders: Folders) -> None:
    source = tmp_path / "feed.csv"
    source.write_text(
        "# a feed\nName,Verdict,SHA256,Digest,Other\n"
        f"one,bad,{SHA},,x\n"
        f"two,unsure,{SHA},,x\n"
        "three,bad,1234,,x\n"
        f"four,good,,{DIGEST},x\n"
        "five,bad,,s1:nonsense,x\n"
        f'"six,bad,{SHA}\n'
        f",bad,{SHA}\n"
        "\n"
        f"eight,malware,{SHA.upper()},,x\n",
        encoding="utf-8",
    )
    done = import_list(source, folders)
    assert (done.name, done.kept, done.refused) == ("feed", 3, 5)
    assert [line for line, _ in done.problems] == [4, 5, 7, 8, 9]
    assert "neither bad nor good" in done.problems[0][1]
    entries = list(read_lists(folders))
    assert [(e.name, e.verdict) for e in entries] == [("one", "bad"), ("four", "good"), ("eight", "bad")]
    assert entries[2].sha256 == SHA


def test_json_lines_with_bad_lines(tmp_path: Path, folders: Folders) -> None:
    source = tmp_path / "feed.jsonl"
    lines = [
        json.dumps({"name": "one", "verdict": "bad", "sha256": SHA, "date": "2026-01-02"}),
        "{broken",
        "[1, 2]",
        json.dumps({"name": "two\u202e", "verdict": "bad", "digest": DIGEST, "sha256": 7}),
        "[" * 5000,
    ]
    source.write_text("\n".join(lines))
    done = import_list(source, folders, "my feed/../x")
    assert (done.name, done.kept) == ("my-feed-..-x", 2)
    assert [line for line, _ in done.problems] == [2, 3, 5]
    assert [e.name for e in read_lists(folders)] == ["one", "two\\u202e"]
    assert all(path.parent == folders.data / "similar" for path in list_files(folders))


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "name,verdict\none,bad\n", "\0\0\0", "{}\n"])
def test_nothing_of_use_is_refused_and_what_was_there_stays(text: str, tmp_path: Path, folders: Folders) -> None:
    source = tmp_path / "feed.csv"
    source.write_text(f"name,verdict,sha256\none,bad,{SHA}\n")
    import_list(source, folders)
    before = lists_state(folders)
    source.write_text(text)
    with pytest.raises(BadList, match=r"feed\.csv"):
        import_list(source, folders)
    assert lists_state(folders) == before


def test_what_is_not_there(tmp_path: Path, folders: Folders) -> None:
    with pytest.raises(BadList, match="cannot be read"):
        import_list(tmp_path / "no.csv", folders)
    with pytest.raises(DeskError, match="no list other: the lists are none"):
        remove_list(folders, "other")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))))
def test_no_list_upsets_it(content: bytes, tmp_path: Path, folders: Folders) -> None:
    source = tmp_path / "feed.csv"
    for head in (
        b"",
        b"name,verdict,sha256\n",
        b'{"name": "x", "verdict": "bad", "sha256": "' + SHA.encode() + b'"}\n',
    ):
        source.write_bytes(head + content)
        try:
            done = import_list(source, folders)
        except BadList as refused:
            assert "\n" not in str(refused)
        else:
            assert done.kept == len(list(read_lists(folders)))


def test_a_very_long_line_is_one_bad_row(tmp_path: Path, folders: Folders) -> None:
    source = tmp_path / "feed.csv"
    source.write_text("name,verdict,sha256\n" + "x" * 3_000_000 + f"\none,bad,{SHA}\n")
    done = import_list(source, folders)
    assert (done.kept, done.refused) == (1, 1)
    assert done.problems[0][0] == 2


def test_names_in_other_scripts_are_told_apart(tmp_path: Path, folders: Folders) -> None:
    for name in ("плохие", "хорошие", "猫" * 90):
        source = tmp_path / "feed.csv"
        source.write_text(f"name,verdict,sha256\none,bad,{SHA}\n", encoding="utf-8")
        import_list(source, folders, name)
    assert [path.stem for path in list_files(folders)] == ["плохие", "хорошие", "猫" * 60]
    with pytest.raises(BadList, match="--name"):
        import_list(source, folders, "..")


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path, folders: Folders) -> None:
    folders.data.mkdir()
    (folders.data / "similar").write_text("a file where the folder belongs")
    source = tmp_path / "feed.csv"
    source.write_text(f"name,verdict,sha256\none,bad,{SHA}\n")
    with pytest.raises(BadList, match="cannot be written"):
        import_list(source, folders)
