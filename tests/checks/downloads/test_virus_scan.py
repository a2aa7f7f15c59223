"""The virus scan on real clamd, and on a pretended one for the answers that a real one gives once in a year."""

from __future__ import annotations

import io
import os
import shutil
import socket
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clamd import ClamdService
from checks.downloads._clamd import read_answer, tar_pieces
from checks.downloads.virus_scan import virus_scan
from checks.runtime import package as package_module
from checks.runtime.model import Finding, Severity, Unavailable, Unchecked
from checks.runtime.package import place_services

SPEC = virus_scan.check_spec
TESTFILES = Path("/usr/share/clamav-testfiles")
SIGNATURES = Path(__file__).resolve().parents[3] / "resources" / "signatures"
EICAR = b"X5O!P%@AP[4" + b"\\PZX54(P^)7CC)7}$EIC" + b"AR-STANDARD-ANTI" + b"VIRUS-TEST-FILE!$H+H*"
OURS = {"limits_known": True, "stream_limit": 2000 << 20}

pytestmark = pytest.mark.needs("linux")


@pytest.fixture
def pretend(tmp_path_factory) -> Iterator[Callable[[bytes], None]]:
    """`pretend(answer)`: a clamd that reads whole streams and always gives this answer; empty hangs up at once."""
    folder = Path(os.environ["XDG_RUNTIME_DIR"])
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "fake.sock"))
    server.listen()
    said = [b""]

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                if said[0] and stream.readline():
                    while size := int.from_bytes(stream.read(4), "big"):
                        stream.read(size)
                    connection.sendall(said[0])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    before = dict(package_module._services)
    place_services({"clamd": folder / "fake.sock"})
    yield lambda answer: said.__setitem__(0, answer)
    place_services(before)
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.needs("clamd", "clamav-testfiles")
def test_every_test_file_of_clamav_is_found(clamd, make_package, run_check) -> None:
    files = {path.name: path.read_bytes() for path in sorted(TESTFILES.iterdir()) if path.is_file()}
    package = make_package(files)
    results = run_check(SPEC, package, **OURS)
    found = {package.entries[r.file].path for r in results if isinstance(r, Finding) and r.rule == "infected"}
    assert len(files) > 40
    assert found == set(files)
    assert not [r for r in results if isinstance(r, Unchecked)]


@pytest.mark.needs("clamd")
def test_only_the_infected_one_of_a_batch_is_named(clamd, make_package, run_check) -> None:
    files = {f"{n}.js": b"let x = %d;" % n for n in range(30)} | {"lib/core.js": EICAR}
    package = make_package(files)
    [finding] = run_check(SPEC, package, **OURS)
    assert package.entries[finding.file].path == "lib/core.js"
    assert finding.severity is Severity.CRITICAL
    assert "Eicar-Test-Signature" in finding.message


@pytest.mark.needs("clamd")
def test_an_archive_that_hides_a_virus_behind_a_large_member_is_not_clean(make_package, run_check, tmp_path) -> None:
    """Our clamd says when it gave up; with small limits here, to be quick."""
    signatures = tmp_path / "signatures"
    shutil.copytree(SIGNATURES, signatures)
    template = signatures / "clamd.conf.in"
    template.write_text(template.read_text().replace("MaxFileSize 2000M", "MaxFileSize 1M"))
    hidden = zipped({"first.bin": os.urandom(3 << 20), "second.txt": b"text"}, zipfile.ZIP_STORED)
    with ClamdService(Path(os.environ["XDG_RUNTIME_DIR"]), signatures, persistent=False, system=False) as service:
        status = service.ensure()
        assert status.socket is not None, status.reason
        before = dict(package_module._services)
        place_services({"clamd": status.socket})
        try:
            [result] = run_check(SPEC, make_package({"a.zip": hidden}), **OURS)
        finally:
            place_services(before)
    assert isinstance(result, Unchecked)
    assert "Limits.Exceeded" in result.reason


@pytest.mark.needs("clamd")
def test_an_encrypted_archive_is_not_clean(clamd, make_package, run_check) -> None:
    # one stored member with the flag of traditional encryption set, in both headers
    plain = bytearray(zipped({"secret.bin": b"x" * 4000}, zipfile.ZIP_STORED))
    plain[6] |= 1
    plain[plain.index(b"PK\x01\x02") + 8] |= 1
    [result] = run_check(SPEC, make_package({"a.zip": bytes(plain)}), **OURS)
    assert isinstance(result, Unchecked)
    assert "Encrypted" in result.reason


def test_with_unknown_limits_a_clean_archive_is_only_clean_if_its_members_were_seen(
    pretend, make_package, run_check
) -> None:
    pretend(b"stream: OK\n")
    archive = zipped({"a.txt": os.urandom(4000)})
    [result] = run_check(SPEC, make_package({"a.zip": archive}))
    assert isinstance(result, Unchecked)
    seen = make_package({"a.zip": archive, "a.zip!/a.txt": b"text"}, parents={"a.zip!/a.txt": "a.zip"})
    assert run_check(SPEC, seen) == []


def test_what_is_larger_than_clamd_accepts_is_not_clean(pretend, make_package, run_check) -> None:
    pretend(b"stream: OK\n")
    [result] = run_check(SPEC, make_package({"a.bin": bytes(3 << 20)}), stream_limit=2 << 20)
    assert isinstance(result, Unchecked)
    assert "2 MiB" in result.reason


@pytest.mark.parametrize(
    "answer",
    [
        b"INSTREAM size limit exceeded. ERROR\n",
        b"stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND\n",
        b"stream: Heuristics.Encrypted.Zip FOUND\n",
        b"stream: Can't allocate memory ERROR\n",
        b"\x1b[2J\0\xff garbage\n",
        b"",
    ],
)
def test_no_answer_but_ok_means_clean(answer, pretend, make_package, run_check) -> None:
    pretend(answer)
    results = run_check(SPEC, make_package({"a.txt": b"text", "b.txt": b"text"}))
    assert [type(r) for r in results] == [Unchecked, Unchecked]
    assert all(r.reason.isprintable() and len(r.reason) < 300 for r in results)


def test_names_of_signatures_are_bounded_and_printable(pretend, make_package, run_check) -> None:
    pretend(b"stream: \x1b[31mEvil" + b"x" * 3000 + b"\x07 FOUND\n")
    [finding] = run_check(SPEC, make_package({"a.txt": b"text"}))
    assert finding.message.isprintable()
    assert len(finding.message) < 200


def test_grades_follow_the_kind_of_signature(pretend, make_package, run_check) -> None:
    package = make_package({"a.txt": b"text"})
    grades = []
    for name in (b"Win.Trojan.X-1", b"Heuristics.Phishing.Y", b"PUA.Tool.Z"):
        pretend(b"stream: " + name + b" FOUND\n")
        grades += [(r.rule, r.severity) for r in run_check(SPEC, package)]
    assert grades == [("infected", Severity.CRITICAL), ("suspicious", Severity.HIGH), ("unwanted", Severity.MEDIUM)]


def test_without_clamd_the_check_is_unavailable(make_package, run_check, tmp_path) -> None:
    before = dict(package_module._services)
    place_services({"clamd": tmp_path / "nobody.sock"})
    try:
        with pytest.raises(Unavailable, match="clamav-daemon"):
            run_check(SPEC, make_package({"a.txt": b"text"}))
    finally:
        place_services(before)


@given(st.lists(st.binary(max_size=2000), max_size=12))
def test_the_tar_we_send_is_one_that_others_read(contents: list[bytes]) -> None:
    with tarfile.open(fileobj=io.BytesIO(b"".join(tar_pieces(contents)))) as archive:
        read = [archive.extractfile(member).read() for member in archive]  # type: ignore[union-attr]
    assert read == contents


@given(st.binary(max_size=300))
def test_an_answer_is_clean_only_when_it_says_so(raw: bytes) -> None:
    answer = read_answer(raw)
    text = "".join(c if c.isprintable() else " " for c in raw.decode("utf-8", "replace")).strip()
    assert answer.is_clean == (text in ("OK", "stream: OK"))
    assert (answer.signature + answer.trouble).isprintable()
