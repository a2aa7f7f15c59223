"""PDF documents that act, and those that are made to stop whoever looks."""

from __future__ import annotations

import importlib.util
import io
import random
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.downloads.documents import pdf
from checks.downloads.documents.pdf_signs import Judge, load_rules
from checks.runtime.model import Finding, Severity, Unchecked

ROOT = Path(__file__).resolve().parents[3]
LIMITS = load_rules(ROOT / "resources/rules/pdf_content.toml")["limits"]


def load_samples() -> Any:
    spec = importlib.util.spec_from_file_location("samples_pdf", ROOT / "tests/samples/pdf_content/samples.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = load_samples()


@pytest.fixture
def run(make_package: Any, run_check: Any, catalog: Any) -> Any:
    def look(data: bytes) -> list[Finding | Unchecked]:
        return run_check(catalog["pdf_content"], make_package({"a.pdf": data}))

    return look


def rules_of(results: list[Finding | Unchecked]) -> dict[str, Severity | None]:
    return {result.rule: result.severity for result in results if isinstance(result, Finding)}


def test_what_pikepdf_writes_is_read(run: Any) -> None:
    import pikepdf

    with pikepdf.new() as document:
        document.add_blank_page()
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.launchURL('http://192.0.2.1')")
        stream = io.BytesIO()
        document.save(stream, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert b"launchURL" not in stream.getvalue()
    assert rules_of(run(stream.getvalue())) == {"javascript": Severity.HIGH}


def test_with_an_empty_password_everything_is_seen(run: Any) -> None:
    import pikepdf

    with pikepdf.new() as document:
        document.add_blank_page()
        document.attachments["run.exe"] = pikepdf.AttachedFileSpec(document, b"MZ" + bytes(200), filename="run.exe")
        stream = io.BytesIO()
        document.save(stream, encryption=pikepdf.Encryption(owner="secret", user=""))
    assert rules_of(run(stream.getvalue())) == {"protected": Severity.INFO, "embedded_program": Severity.HIGH}


def test_a_password_leaves_it_unchecked(run: Any) -> None:
    import pikepdf

    with pikepdf.new() as document:
        document.add_blank_page()
        stream = io.BytesIO()
        document.save(stream, encryption=pikepdf.Encryption(owner="secret", user="secret"))
    results = run(stream.getvalue())
    assert rules_of(results) == {"encrypted": Severity.MEDIUM}
    assert any(isinstance(result, Unchecked) for result in results)


@pytest.mark.parametrize("opening", ["[" * 3000 + "]" * 3000, "<< /A " * 3000 + ">>" * 3000])
def test_depth_ends_in_a_word_and_no_crash(run: Any, opening: str) -> None:
    results = run(made.pdf(f"/X {opening}".replace("{", "").replace("}", "")))
    assert set(rules_of(results)) <= {"malformed"}


def test_a_bomb_is_found_before_anything_is_unpacked() -> None:
    blank = zlib.compress(bytes(3 << 20), 9)
    data = made.pdf(objects={5: made.stream(blank, "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")})
    assert pdf.is_bomb(data, 1 << 20)
    assert not pdf.is_bomb(data, 8 << 20)
    assert not pdf.is_bomb(made.pdf(packed=[], objects={4: "<< /Type /ObjStm >>"}), 10)


def test_streams_end_at_the_limit() -> None:
    assert len(pdf.inflate(zlib.compress(bytes(1 << 20)), 1000)) == 1000


def test_a_long_walk_is_said_to_be_unfinished(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = {n: f"<< /Next {n + 1} 0 R /A [1 2 3] >>" for n in range(4, 40)}
    rules = load_rules(ROOT / "resources/rules/pdf_content.toml")
    monkeypatch.setitem(rules, "limits", {**LIMITS, "nodes": 10})
    results = run(made.pdf(objects=objects))
    assert [result.reason for result in results if isinstance(result, Unchecked)] == [
        "more than 10 values: the rest was not looked at"
    ]


def test_damage_to_real_documents_is_a_finding_at_most(run: Any) -> None:
    seeds = [files["a.pdf"] for name, files in (*made.flags(), *made.passes()) if not name.startswith("bomb")]
    chance = random.Random(7)
    for _ in range(250):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        for result in run(bytes(data[: chance.randint(len(data) // 2, len(data))])):
            assert isinstance(result, Finding | Unchecked)


@settings(max_examples=60)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_bytes_behind_the_mark_open_or_are_refused(head: bytes, tail: bytes) -> None:
    try:
        with pdf.open_pdf(head + b"%PDF-1.4\n" + tail) as document:
            list(pdf.dictionaries(document, pdf.Walk(LIMITS)))
    except (pdf.BadPdf, pdf.Locked):
        pass


def test_the_judge_tells_the_same_thing_once(run: Any) -> None:
    link = "<< /Type /Annot /Subtype /Link /A << /S /URI /URI (http://198.51.100.3/login) >> >>"
    assert Judge.__doc__
    assert len(run(made.pdf(page=f"/Annots [{link * 30}]"))) == 1
