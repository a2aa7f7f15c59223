"""Practice submissions: always the same bytes, real archives, nothing in them that is not inert."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import shutil
import struct
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from app.practice import SOURCES, PracticeError, build_practice, read_practice
from app.practice_parts import eicar
from app.practice_signing import public_key
from checks.runtime.reflow import is_minified


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("practice")
    build_practice(folder)
    return folder


def read_members(path: Path) -> dict[str, bytes]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            return {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def test_the_same_sources_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    # other times on the sources, as a fresh clone has
    sources = tmp_path / "sources"
    shutil.copytree(SOURCES, sources, copy_function=shutil.copyfile)
    build_practice(tmp_path / "again", sources)
    first = {path.name: path.read_bytes() for path in built.iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == first


def test_a_second_build_leaves_files_alone(tmp_path: Path) -> None:
    paths = build_practice(tmp_path)
    times = [path.stat().st_mtime_ns for path in paths]
    paths[0].write_bytes(b"damaged")
    assert build_practice(tmp_path) == paths
    assert [path.stat().st_mtime_ns for path in paths[1:]] == times[1:]
    assert zipfile.is_zipfile(paths[0])


def test_the_listing_tells_what_a_queue_shows(built: Path) -> None:
    submissions = read_practice(built)
    assert [entry.path.name for entry in submissions] == [path.name for path in build_practice(built)]
    update = next(entry for entry in submissions if entry.version == "2.5.0")
    assert update.baseline == built / "acme-notes-2.4.1.xpi"
    assert all(entry.title and entry.developer and entry.lesson and entry.kind == "download" for entry in submissions)


def test_every_package_is_small_and_readable(built: Path) -> None:
    for entry in read_practice(built):
        members = read_members(entry.path)
        assert 5 <= len(members) <= 30, entry.path
        assert not any(name.startswith("/") or ".." in name.split("/") for name in members)
        assert not any(b"@@" in content for content in members.values()), entry.path
        for name, content in members.items():
            if name.endswith(".json"):
                json.loads(content)


def test_the_update_hides_a_hook(built: Path) -> None:
    before, after = read_members(built / "acme-notes-2.4.1.xpi"), read_members(built / "acme-notes-2.5.0.xpi")
    assert "postinstall" not in json.loads(before["package.json"])["scripts"]
    assert "postinstall" in json.loads(after["package.json"])["scripts"]
    old, new = (json.loads(members["manifest.json"])["permissions"] for members in (before, after))
    assert set(new) > set(old)
    assert before["lib/search.js"] == after["lib/find.js"]
    assert "lib/search.js" not in after


def test_another_key_signs_the_update_of_the_signed_extension(built: Path) -> None:
    """Read as Chrome does: the proof is over the archive, and the id is that of the key."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    ids = []
    for version, label in (("1.4.0", "tab-tidy"), ("1.5.0", "tab-tidy, another")):
        data = (built / f"tab-tidy-{version}.crx").read_bytes()
        magic, three, size = struct.unpack_from("<4sII", data)
        assert (magic, three) == (b"Cr24", 3)
        key = public_key(label)
        header, archive = data[12 : 12 + size], data[12 + size :]
        assert archive.startswith(b"PK") and key in header
        id = hashlib.sha256(key).digest()[:16]
        signed = b"\x0a\x10" + id
        assert header.endswith(signed)
        proof = header[header.index(key) + len(key) + 3 :][:256]
        over = b"CRX3 SignedData\x00" + struct.pack("<I", len(signed)) + signed + archive
        load_der_public_key(key).verify(proof, over, PKCS1v15(), SHA256())
        ids.append(id)
    assert ids[0] != ids[1]


def test_the_update_of_the_signed_extension_asks_for_more(built: Path) -> None:
    before, after = (read_members(built / f"tab-tidy-{version}.crx") for version in ("1.4.0", "1.5.0"))
    old, new = (set(json.loads(members["manifest.json"])["permissions"]) for members in (before, after))
    assert new > old
    assert set(json.loads(before["package.json"])["dependencies"]) == {"lodash"}
    assert set(json.loads(after["package.json"])["dependencies"]) == {"lodahs"}
    assert all(is_minified(content) for name, content in after.items() if name.endswith(".min.js"))
    claim = tomllib.loads(after["assay-suppressions.toml"].decode())["suppression"][0]
    assert claim["sha256"] == hashlib.sha256(after[claim["path"]]).hexdigest()


def test_the_record_of_the_wheel_is_right(built: Path) -> None:
    members = read_members(built / "notes_export-0.9.1-py3-none-any.whl")
    record = "notes_export-0.9.1.dist-info/RECORD"
    rows = {name: (digest, size) for name, digest, size in csv.reader(io.StringIO(members[record].decode()))}
    assert rows.pop(record) == ("", "")
    assert rows.keys() == members.keys() - {record}
    for name, (digest, size) in rows.items():
        expected = base64.urlsafe_b64encode(hashlib.sha256(members[name]).digest()).rstrip(b"=").decode()
        assert (digest, int(size)) == (f"sha256={expected}", len(members[name]))


def test_the_test_virus_is_whole(built: Path) -> None:
    members = read_members(built / "holiday-themes-1.0.2.zip")
    assert len(eicar()) == 68
    # the published digest of the test file
    assert hashlib.sha256(eicar()).hexdigest() == "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
    assert members["extras/READER.COM"] == eicar()
    with zipfile.ZipFile(io.BytesIO(members["extras/backup.zip"])) as nested:
        assert nested.read("READER.COM") == eicar()


def test_the_leaked_keys_have_the_right_shape_and_open_nothing(built: Path) -> None:
    members = read_members(built / "invoice-sync-1.3.0.zip")
    settings = members["invoice-sync/config/.env"].decode()
    assert re.search(r"^AWS_ACCESS_KEY_ID=AKIA[A-Z2-7]{16}$", settings, re.M)
    assert re.search(r"^AWS_SECRET_ACCESS_KEY=[A-Za-z0-9/+]{40}$", settings, re.M)
    pem = members["invoice-sync/deploy/deploy_key.pem"].decode().splitlines()
    assert "PRIVATE KEY" in pem[0] and "PRIVATE KEY" in pem[-1]
    body = base64.b64decode("".join(pem[1:-1]), validate=True)
    # a DER sequence as long as it says, whose modulus is even: no RSA key
    assert body[:2] == b"\x30\x82" and int.from_bytes(body[2:4]) == len(body) - 4
    assert body[12 + 255] % 2 == 0


def test_addresses_lead_nowhere(built: Path) -> None:
    """A practice submission that were run by mistake reaches no machine of anybody."""
    known = {"schemas.microsoft.com", "schemas.openxmlformats.org"}  # names of XML vocabularies, never fetched
    for entry in read_practice(built):
        for name, content in read_members(entry.path).items():
            for host in re.findall(rb"[a-z+]+://([A-Za-z0-9.-]+)", content):
                assert host.decode() in known or host.endswith((b".example", b".invalid")), (entry.path.name, name)


COMPLETE = """
[[submission]]
file = "a.zip"
title = "A"
developer = "D"
version = "1"
kind = "download"
lesson = "L"
"""


@pytest.mark.parametrize(
    ("listing", "word"),
    [
        (None, "make practice"),
        ("[[submission]\n", "practice.toml"),
        ('[[submission]]\nfile = "a.zip"\n', "title"),
        ('[[submission]]\nfile = "../a.zip"\n', "plain name"),
        ("[[submission]]\nfile = 3\n", "plain name"),
        (COMPLETE, "a.zip: not found"),
    ],
)
def test_a_faulty_folder_ends_in_one_clear_line(tmp_path: Path, listing: str | None, word: str) -> None:
    if listing is not None:
        (tmp_path / "practice.toml").write_text(listing)
    with pytest.raises(PracticeError, match=re.escape(word)) as caught:
        read_practice(tmp_path)
    assert str(tmp_path) in str(caught.value)
