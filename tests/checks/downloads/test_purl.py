"""Package URLs, held against the reference library."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from checks.downloads.components.purl import make_purl, split_purl
from checks.runtime.protocol import _PURL

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("kind", "name", "version", "purl"),
    [
        ("npm", "@scope/name", "1.0.0", "pkg:npm/%40scope/name@1.0.0"),
        ("pypi", "Typing_Extensions", "4.0", "pkg:pypi/typing-extensions@4.0"),
        ("maven", "org.acme:shop", "1.0", "pkg:maven/org.acme/shop@1.0"),
        ("golang", "golang.org/x/text", "v0.3.7", "pkg:golang/golang.org/x/text@v0.3.7"),
        ("deb", "debian/libc6", "1:2.36-9+deb12u1", "pkg:deb/debian/libc6@1:2.36-9%2Bdeb12u1"),
        ("npm", "../../etc/passwd", "1", "pkg:npm/etc/passwd@1"),
        ("npm", "", "1", ""),
        ("npm", "..", "1", ""),
        ("npm", "a" * 1000, "1", ""),
        ("no type", "a", "1", ""),
    ],
)
def test_make(kind: str, name: str, version: str, purl: str) -> None:
    assert make_purl(kind, name, version) == purl


def test_qualifiers_are_sorted() -> None:
    purl = make_purl("deb", "debian/a", "1", {"distro": "debian-12", "arch": "all", "empty": ""})
    assert purl == "pkg:deb/debian/a@1?arch=all&distro=debian-12"


@pytest.mark.parametrize(
    "purl",
    [
        make_purl("npm", "@scope/name", "1.0.0"), make_purl("maven", "org.acme:shop", "1.0+a b"),
        make_purl("pypi", "A.B", "1!2.0"), make_purl("nuget", "Newtonsoft.Json", "13.0.1"),
        make_purl("vscode-extension", "ms-python/python", "1"), make_purl("composer", "Acme/Shop", "1"),
    ],
)  # fmt: skip
def test_the_reference_library_writes_the_same(purl: str) -> None:
    assert PackageURL.from_string(purl).to_string() == purl


@given(st.sampled_from(["npm", "pypi", "cargo", "gem", "nuget", "generic"]), NAMES, NAMES | st.just(""))
def test_any_name_gives_a_url_that_can_be_read_again(kind: str, name: str, version: str) -> None:
    purl = make_purl(kind, name, version)
    if purl:
        assert _PURL.match(purl)
        assert PackageURL.from_string(purl).type == kind
        read = split_purl(purl)
        assert read[0] == kind and read[2] == version.strip()
        assert make_purl(*read) == purl


@given(st.text(max_size=60))
def test_any_text_is_taken_apart(text: str) -> None:
    assert len(split_purl(text)) == 3
    kind, name, _ = split_purl("pkg:" + text)
    assert bool(kind or name) is bool(name)
    assert not re.search(r"[A-Z]", kind)
