"""EICAR in many coats. Its text never stands in a file of the repository: other scanners would take that away."""

import gzip
import io
import tarfile
import zipfile

EICAR = b"X5O!P%@AP[4" + b"\\PZX54(P^)7CC)7}$EIC" + b"AR-STANDARD-ANTI" + b"VIRUS-TEST-FILE!$H+H*"
SCRIPT = b"export const answer = 42;\n"


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def tar_gz(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0)


def flags():
    yield "infected--bare", {"readme.txt": EICAR}
    yield "infected--with-white-space", {"readme.txt": EICAR + b"\r\n\r\n"}
    yield "infected--zip", {"a.zip": zipped({"inner/readme.txt": EICAR})}
    yield "infected--zip-in-tar-gz", {"a.tar.gz": tar_gz({"b.zip": zipped({"readme.txt": EICAR})})}
    yield "infected--among-many", {f"{n}.js": SCRIPT * (n + 1) for n in range(40)} | {"x/y.bin": EICAR}


def passes():
    yield "many-small", {f"{n}.js": SCRIPT * (n + 1) for n in range(40)}
    yield "talks-about-it", {"README.md": b"The test string begins with X5O!P%@AP and has 68 bytes.\n"}
    yield "larger-than-a-batch", {"data.bin": bytes(range(256)) * (6 << 12)}
    yield "empty", {"empty.txt": b""}
