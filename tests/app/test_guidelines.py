"""Guidelines and profiles: the shipped data is whole, and faults in one's own are told in one line."""

from __future__ import annotations

import html.parser
import itertools
import re
from pathlib import Path

import pytest

from app.guidelines import (
    KINDS,
    Guideline,
    GuidelineError,
    Profile,
    check_profile,
    load_guidelines,
    load_profile,
    render_guidelines,
)
from checks import Severity
from checks.runtime.catalog import load_catalog

NAMES = ("standard", "enterprise", "financial")

GUIDELINES = """
schema = "assay-guidelines/1"
area = "Things"
prefix = "TH"
kinds = ["download"]
[[guideline]]
id = "TH-01"
title = "A <b>title</b>"
text = "A text with *stars* and [link](x)."
why = "Because <script>alert(1)</script>."
remediation = "Mend it & go."
mode = "static"
sources = [{ name = "A book", ref = "1", url = "https://example.org/a?b=1&c=2" }]
"""

PROFILE = """
schema = "assay-profile/1"
id = "own"
title = "Own"
text = "Ours."
blocking_severity = "high"
second_reviewer = ["approve"]
[guidelines.download]
required = ["TH-01"]
[checks]
download = ["secrets"]
[parameters.secrets]
least_entropy = 4.0
"""


def write(folder: Path, text: str, name: str = "things.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def shipped() -> dict[str, Guideline]:
    return load_guidelines()


def test_downloads_have_the_ids_that_checks_refer_to(shipped: dict[str, Guideline]) -> None:
    assert [g for g in shipped if g.startswith("DL-")] == [f"DL-{n:02}" for n in range(1, 23)]
    assert shipped["DL-02"].title == "No viruses"
    assert shipped["DL-13"].modes == {"static", "evidence"}


def test_every_kind_has_guidelines_and_the_submission_is_in_each(shipped: dict[str, Guideline]) -> None:
    for kind in KINDS:
        ids = [g.id for g in shipped.values() if kind in g.kinds]
        assert len(ids) >= 20
        assert "SUB-01" in ids


def test_titles_fit_the_column_and_texts_are_sentences(shipped: dict[str, Guideline]) -> None:
    for g in shipped.values():
        assert len(g.title) <= 34, g.id
        for text in (g.text, g.why, g.remediation):
            assert text[0].isupper() and text.endswith("."), g.id
        assert g.sources, g.id


def test_titles_are_told_apart_within_a_kind(shipped: dict[str, Guideline]) -> None:
    for kind in KINDS:
        titles = [g.title for g in shipped.values() if kind in g.kinds]
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_profile_says_a_word_on_every_guideline(name: str, shipped: dict[str, Guideline]) -> None:
    profile = load_profile(name)
    assert profile.id == name
    check_profile(profile, shipped)
    for kind in KINDS:
        assert set(profile.requirements[kind]) == {g.id for g in shipped.values() if kind in g.kinds}


def test_profiles_only_get_stricter(shipped: dict[str, Guideline]) -> None:
    profiles = [load_profile(name) for name in NAMES]
    for weaker, stricter in itertools.pairwise(profiles):
        assert stricter.blocking <= weaker.blocking
        assert stricter.second_reviewer >= weaker.second_reviewer
        for kind in KINDS:
            required = {g for g, level in weaker.requirements[kind].items() if level == "required"}
            assert all(stricter.requirement(g, kind) == "required" for g in required)
            assert weaker.required_checks[kind] <= stricter.required_checks[kind]
    assert [p.blocking for p in profiles] == [Severity.MEDIUM, Severity.MEDIUM, Severity.LOW]
    everything = frozenset({"approve", "reject", "request_changes"})
    assert [p.second_reviewer for p in profiles] == [frozenset(), frozenset(), everything]


def test_own_files_are_read(tmp_path: Path) -> None:
    write(tmp_path, GUIDELINES)
    profile = load_profile(write(tmp_path, PROFILE, "own.profile"))
    guidelines = load_guidelines(tmp_path)
    assert list(guidelines) == ["TH-01"]
    assert guidelines["TH-01"].kinds == {"download"}
    assert (profile.blocking, profile.second_reviewer) == (Severity.HIGH, {"approve"})
    assert profile.parameters == {"secrets": {"least_entropy": 4.0}}
    assert profile.requirement("TH-01", "download") == "required"
    assert profile.requirement("TH-99", "download") == "advisory", "what a profile does not name is shown, not lost"


def test_a_profile_is_found_by_path_as_text_or_path(tmp_path: Path) -> None:
    path = write(tmp_path, PROFILE, "own.toml")
    assert load_profile(str(path)) == load_profile(path) == load_profile("own", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('prefix = "TH"', "prefix = ", "not valid TOML"),
        ("assay-guidelines/1", "assay-guidelines/9", "key 'schema': has to be \"assay-guidelines/1\""),
        ('title = "A <b>title</b>"', "", "guideline TH-01 key 'title': is missing"),
        ('title = "A <b>title</b>"', "title = 3", "guideline TH-01 key 'title': has to be a text"),
        ('why = "B', 'whi = "B', "guideline TH-01 key 'whi': is not known; use one of id, kinds"),
        ('"TH-01"', '"XX-01"', "guideline XX-01 key 'id': has to look like TH-07"),
        ('mode = "static"', 'mode = ["static", "magic"]', "key 'mode': 'magic' is not known; use one of static, live"),
        ('mode = "static"', "mode = []", "key 'mode': is missing"),
        ('kinds = ["download"]', 'kinds = ["shoe"]', "key 'kinds': 'shoe' is not known"),
        ("https://example", "javascript:example", "source 1 key 'url': has to be an https address"),
        ('sources = [{ name = "A book"', "sources = [] #", "key 'sources': is missing"),
        ('ref = "1"', 'ref = ""', "source 1 key 'ref': has to be a text"),
        ("[[guideline]]", "[guideline]", "key 'guideline': is missing"),
    ],
)
def test_a_bad_guideline_is_told_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GUIDELINES
    path = write(tmp_path, GUIDELINES.replace(old, new))
    with pytest.raises(GuidelineError, match=re.escape(said)) as caught:
        load_guidelines(tmp_path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_the_same_id_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path, GUIDELINES)
    write(tmp_path, GUIDELINES, "twin.toml")
    with pytest.raises(GuidelineError, match=r"twin\.toml: key 'id': TH-01 is there twice"):
        load_guidelines(tmp_path)


def test_an_empty_folder_and_wrong_bytes_are_told(tmp_path: Path) -> None:
    with pytest.raises(GuidelineError, match="no guidelines here"):
        load_guidelines(tmp_path)
    (tmp_path / "bad.toml").write_bytes(b'schema = "\xff"')
    with pytest.raises(GuidelineError, match="byte 10 is not UTF-8"):
        load_guidelines(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"high"', '"loud"', "key 'blocking_severity': unknown severity 'loud'"),
        ('second_reviewer = ["approve"]', 'second_reviewer = "yes"', "key 'second_reviewer': 'yes' is not known"),
        ("second_reviewer", "second_reviwer", "key 'second_reviwer': is not known"),
        ("[guidelines.download]", "[guidelines.downloads]", "[guidelines] key 'downloads': is not known"),
        ('required = ["TH-01"]', "required = [1]", "[guidelines] [download] key 'required': has to be a list of words"),
        ('required = ["TH-01"]', 'required = ["A", "A"]', "names something twice"),
        ('required = ["TH-01"]', 'required = ["A"]\noff = ["A"]', "key 'off': A is also required; keep one"),
        ("[parameters.secrets]", "[parameters]", "[parameters] [least_entropy]: has to be a table"),
    ],
)
def test_a_bad_profile_is_told_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in PROFILE
    path = write(tmp_path, PROFILE.replace(old, new), "own.toml")
    with pytest.raises(GuidelineError, match=re.escape(said)) as caught:
        load_profile(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_an_unknown_profile_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(GuidelineError, match="use one of enterprise, financial, standard, or the path"):
        load_profile("strictest")
    with pytest.raises(GuidelineError, match=r"none\.toml: cannot be read \(No such file"):
        load_profile(tmp_path / "none.toml")


def test_a_profile_that_names_what_does_not_exist_is_refused(tmp_path: Path, shipped: dict[str, Guideline]) -> None:
    profile = load_profile(write(tmp_path, PROFILE, "own.toml"))
    with pytest.raises(GuidelineError, match=r"profile own: \[guidelines.download\] names TH-01, .* use DL-01"):
        check_profile(profile, shipped)


class Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]


@pytest.fixture
def own(tmp_path: Path) -> tuple[Profile, dict[str, Guideline]]:
    write(tmp_path, GUIDELINES)
    profile = write(tmp_path, PROFILE, "own.profile")
    return load_profile(profile), load_guidelines(tmp_path)


def test_html_is_escaped(own: tuple[Profile, dict[str, Guideline]]) -> None:
    profile, guidelines = own
    page = render_guidelines(profile, "download", "html", guidelines)
    reader = Reader()
    reader.feed(page)
    assert not {"script", "b"} & set(reader.tags)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert reader.links == ["https://example.org/a?b=1&c=2"]


def test_markdown_is_escaped(own: tuple[Profile, dict[str, Guideline]]) -> None:
    profile, guidelines = own
    page = render_guidelines(profile, "download", "md", guidelines)
    assert "### TH-01 A \\<b\\>title\\</b\\>" in page
    assert "\\*stars\\* and \\[link\\](x)" in page
    assert "<script>" not in page


def test_checks_are_evidence_for_guidelines_that_exist(shipped: dict[str, Guideline]) -> None:
    for check in load_catalog().values():
        assert check.guidelines <= set(shipped), check.id


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_requires_and_sets_only_what_the_catalog_has(name: str) -> None:
    catalog, profile = load_catalog(), load_profile(name)
    for kind, required in profile.required_checks.items():
        assert required <= {c.id for c in catalog.values() if kind in c.kinds}, "else no run is ever complete"
    for check, values in profile.parameters.items():
        assert set(values) <= set(catalog[check].parameters)


@pytest.mark.parametrize("name", NAMES)
def test_all_kinds_together_list_each_guideline_once(name: str, shipped: dict[str, Guideline]) -> None:
    profile = load_profile(name)
    page = render_guidelines(profile, None)
    listed = re.findall(r"^### ([A-Z]+-\d\d) ", page, re.MULTILINE)
    wanted = {i for i, g in shipped.items() if any(profile.requirement(i, k) != "off" for k in g.kinds)}
    assert len(listed) == len(set(listed))
    assert set(listed) == wanted
    assert list(dict.fromkeys(i.partition("-")[0] for i in listed)) == ["DL", "WEB", "IMG", "HC", "SUB"]


def test_over_all_kinds_the_strictest_word_counts(tmp_path: Path) -> None:
    write(tmp_path, GUIDELINES.replace('["download"]', '["download", "web", "image"]'))
    levels = PROFILE.replace("[checks]", '[guidelines.web]\noff = ["TH-01"]\n[checks]')
    profile = load_profile(write(tmp_path, levels, "own.profile"))
    assert "**Held as**: required;" in render_guidelines(profile, None, "md", load_guidelines(tmp_path))
    assert "**Held as**: advisory;" in render_guidelines(profile, "image", "md", load_guidelines(tmp_path))
    assert "TH-01" not in render_guidelines(profile, "web", "md", load_guidelines(tmp_path))


def test_a_kind_lists_only_its_own() -> None:
    page = render_guidelines(load_profile("standard"), "chart", "html")
    assert 'id="HC-01"' in page and 'id="SUB-02"' in page
    assert "DL-01" not in page and "SUB-08" not in page


@pytest.mark.parametrize(("kind", "format"), [("shoe", "md"), ("download", "pdf")])
def test_unknown_kinds_and_formats_are_refused(kind: str, format: str) -> None:
    with pytest.raises(ValueError, match="use one of download, web, image, chart, and md or html"):
        render_guidelines(load_profile("standard"), kind, format)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_no_kind_is_a_way_around_the_checks_of_any_package(name: str) -> None:
    # a developer chooses what the package looks like: a Chart.yaml must not make a run without virus scan complete
    profile = load_profile(name)
    for kind in ("download", "web", "image", "chart"):
        every = {"download", "web", "image", "chart"}
        # one that asks the network waits for the reviewer's consent, and a run is complete without it
        general = {spec.id for spec in load_catalog().values() if spec.kinds >= every and not spec.live}
        if name == "standard":
            general -= {"advisories"}  # which the reviewer has to bring
        assert general <= profile.required_checks[kind]
