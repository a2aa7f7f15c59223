"""Digests recognise variants and nothing else; what was known decides how loud that is said."""

from __future__ import annotations

import importlib.util
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import Fact, Finding, Severity
from checks.downloads._titles import file_title, own_titles
from checks.downloads.similar.digests import KEPT, digest_bytes, main_files, parse_digest
from checks.runtime import package as package_module
from checks.runtime.catalog import load_check
from checks.runtime.model import MAX_FACT_VALUE
from checks.runtime.package import place_data

SPEC = load_check("checks.downloads.similarity")
SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "similarity" / "samples.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("similarity_samples", SAMPLES)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["similarity_samples"] = module
    spec.loader.exec_module(module)
    return module


_before = dict(package_module._data)
MAKE = _load()
package_module._data.clear()
package_module._data.update(_before)


@pytest.fixture
def compare(make_package, run_check, tmp_path: Path) -> Iterator:
    """`compare(known packages, files, **package options)`: the findings."""
    before = dict(package_module._data)

    def run(known, files, **options):
        place_data({"known": MAKE.write_known(tmp_path / "known.db", known)})
        return [r for r in run_check(SPEC, make_package(files, **options)) if not isinstance(r, Fact)]

    yield run
    package_module._data.clear()
    package_module._data.update(before)


def reformatted(code: bytes) -> bytes:
    return re.sub(rb"\s*\n\s*", b"\n\n\t", code).replace(b", ", b",").replace(b" {", b"\n{")


@pytest.mark.parametrize(
    ("change", "least"),
    [
        (MAKE.renamed, 0.95),
        (reformatted, 0.95),
        (lambda code: code.replace(b"wallet", b"purse") + b"\nfetch('https://c.example/?q');", 0.75),
        (lambda code: code + MAKE.program(99, 7), 0.5),
        (lambda code: code[len(code) // 4 :], 0.6),
        (lambda code: code.decode().encode("utf-16"), 0.0),
    ],
)  # fmt: skip
def test_variants_are_alike(change, least: float) -> None:
    for seed in range(8):
        code = MAKE.program(seed)
        assert digest_bytes(code).likeness(digest_bytes(change(code))) >= least


def test_strangers_are_not() -> None:
    digests = [digest_bytes(MAKE.program(seed)) for seed in range(30)]
    worst = max(a.likeness(b) for n, a in enumerate(digests) for b in digests[:n])
    assert worst < 0.55, "below what counts as a variant"


def test_real_files_of_one_library_are_not_alike() -> None:
    import email

    digests = [digest_bytes(path.read_bytes()) for path in sorted(Path(email.__file__).parent.glob("*.py"))]
    worst = max(a.likeness(b) for n, a in enumerate(digests) for b in digests[:n])
    assert worst < 0.4


@given(st.one_of(st.binary(max_size=3000), st.text(max_size=1000).map(str.encode)), st.binary(max_size=2000))
def test_digests_of_any_bytes(one: bytes, other: bytes) -> None:
    a, b = digest_bytes(one), digest_bytes(other)
    assert parse_digest(str(a)) == a
    assert len(str(a)) <= MAX_FACT_VALUE
    assert a.likeness(b) == b.likeness(a)
    assert 0 <= a.likeness(b) <= 1
    assert not a.tells or a.likeness(a) == 1


@given(st.text(max_size=60), st.integers(0, 800), st.sampled_from("x:=A1é"))
def test_no_text_upsets_the_reading_of_a_digest(text: str, at: int, sign: str) -> None:
    good = str(digest_bytes(MAKE.program(1)))
    for candidate in (text, f"s1:{text}", good[:at] + sign + good[at + 1 :], good[:at]):
        try:
            digest = parse_digest(candidate)
        except ValueError:
            continue
        assert len(digest.words.values) <= KEPT


def test_large_packages_are_sampled_within_bounds(make_package) -> None:
    files = {f"src/deep/{n}.js": MAKE.program(n, 2) for n in range(400)}
    files["index.js"] = MAKE.program(500)
    files["src/deep/large.js"] = MAKE.program(501, 200)
    files |= {f"test/{n}.js": MAKE.program(n) for n in range(5)} | {"types.d.ts": MAKE.program(9)}
    chosen = [file.path for file in main_files(make_package(files))]
    assert len(chosen) == 150
    assert {"index.js", "src/deep/large.js"} <= set(chosen)
    assert not [path for path in chosen if path.startswith("test/") or path.endswith(".d.ts")]


def test_facts(make_package, run_check) -> None:
    files = {"index.js": MAKE.program(1), "logo.png": b"\x89PNG" + bytes(500), "tiny.js": b"x"}
    facts = [r for r in run_check(SPEC, make_package(files)) if isinstance(r, Fact)]
    assert [(f.group, f.name, f.file) for f in facts] == [("digest", "s1", 0), ("digest", "whole", None)]


def test_a_part_taken_over_into_something_large_is_found(compare) -> None:
    known = [MAKE.Spec("stealer", "1.0", "rejected", {"steal.js": MAKE.program(1, 8)})]
    files = {"core/steal.js": MAKE.program(1, 8), **{f"src/{n}.js": MAKE.program(50 + n, 40) for n in range(20)}}
    (finding,) = compare(known, files)
    assert finding.rule == "variant-of-rejected"
    assert finding.severity is Severity.HIGH


def test_the_same_title(compare) -> None:
    """An earlier version that was rejected is news; what was found dangerous in it is more than that."""
    code = MAKE.program(1, 20)
    files = {"package/package.json": b'{"name": "Note-Taker"}', "package/a.js": code}
    plain = MAKE.Spec("note taker", "1.0", "rejected", {"package/a.js": code + b"//x"})
    (finding,) = compare([plain], files)
    assert (finding.rule, finding.severity) == ("earlier-rejected", Severity.INFO)


def test_the_dangerous_file_of_the_same_title_unchanged_or_not(compare) -> None:
    code = MAKE.program(1, 20)
    known = [MAKE.Spec("notes", "1.0", "rejected", {"package/a.js": code, "b.js": b"1"}, dangerous=["package/a.js"])]
    manifest = {"package/package.json": b'{"name": "notes"}'}
    (same,) = compare(known, {**manifest, "package/a.js": code})
    assert (same.rule, same.severity) == ("dangerous-file-again", Severity.HIGH)


def test_the_baseline_is_not_reported(compare, make_package, run_check) -> None:
    files = {"a.js": MAKE.program(1, 20), "b.js": MAKE.program(2)}
    known = [MAKE.Spec("other name", "1.0", "undecided", files)]
    assert not compare(known, files), "the very bytes under review"
    newer = {**files, "b.js": MAKE.program(2) + b"// more"}
    assert [f.rule for f in compare(known, newer)] == ["looks-like"]
    package = make_package(newer)
    package.baseline = make_package(files)
    assert not [r for r in run_check(SPEC, package) if not isinstance(r, Fact)]


def test_a_library_in_many_packages_weighs_little(compare) -> None:
    library = MAKE.program(3, 60)
    known = [
        MAKE.Spec(f"app {n}", "1", "undecided", {"lib.js": library, "own.js": MAKE.program(60 + n, 30)})
        for n in range(8)
    ]
    known.append(MAKE.Spec("bad app", "1", "rejected", {"lib.js": library, "own.js": MAKE.program(80, 30)}))
    assert not [
        f for f in compare(known, {"lib.js": library, "own.js": MAKE.program(90, 30)}) if f.severity > Severity.INFO
    ]


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + bytes(5000), b"no database at all"])
def test_a_damaged_file_is_said_to_be_so(content: bytes, make_package, run_check, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "known.db"
    path.write_bytes(content)
    monkeypatch.setitem(package_module._data, "known", path)
    results = run_check(SPEC, make_package({"a.js": MAKE.program(1)}))
    assert any("cannot be read" in getattr(r, "reason", "") for r in results)


def test_random_damage_ends_in_words(make_package, run_check, tmp_path: Path, monkeypatch) -> None:
    path = MAKE.write_known(tmp_path / "known.db", MAKE.KNOWN)
    whole = path.read_bytes()
    monkeypatch.setitem(package_module._data, "known", path)
    package = make_package({"main.js": MAKE.program(1), "b.js": MAKE.program(5, 30)})
    draw = random.Random(3)
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(30):
            data[draw.randrange(len(data))] = draw.randrange(256)
        path.write_bytes(data)
        for result in run_check(SPEC, package):
            assert isinstance(result, Finding | Fact) or "cannot be read" in result.reason


def test_titles(make_package) -> None:
    assert file_title("acme-notes-2.4.1.tgz") == "acme-notes"
    assert file_title("notes.tar.gz") == "notes"
    titles = own_titles(make_package({"x-1.0/PKG-INFO": b"Name: My.Thing\nVersion: 1\n"}, name="x-1.0.tar.gz"))
    assert titles == {"x", "mything"}
    assert own_titles(make_package({"package/package.json": b"[" * 9000}, name="y.tgz")) == {"y"}
