"""How fast the archive is searched, indicators are gathered, and a package is compared with a large vault.

    python tests/benchmarks/bench_search.py [MEGABYTES] [PACKAGES]

Prints GB/s of the search (exact, and without regard to case, bytes hashed beside it), MB/s of the check
`indicators` over text full of addresses, and seconds of the check `similarity` against so many known packages.
"""

from __future__ import annotations

import hashlib
import importlib.util
import random
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.archive_text import Needle, TreeText  # noqa: E402
from app.archive_trees import find_damage  # noqa: E402
from app.grants import Side  # noqa: E402
from app.model import Artifact  # noqa: E402
from app.trees import Facts, Tree  # noqa: E402
from checks.downloads import indicators, similarity  # noqa: E402
from checks.runtime.package import Blobs, Entry, Package, place_data, place_resources  # noqa: E402


def load_samples() -> ModuleType:
    path = ROOT / "tests" / "samples" / "similarity" / "samples.py"
    spec = importlib.util.spec_from_file_location("similarity_samples", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entries_of(blobs: list[bytes]) -> list[Entry]:
    entries, at = [], 0
    for number, blob in enumerate(blobs):
        sha256 = hashlib.sha256(blob).hexdigest()
        entries.append(Entry(number, f"src/f{number}.js", "file", len(blob), at, "pack", sha256))
        at += len(blob)
    return entries


def bench_search(folder: Path, megabytes: int, text: bytes) -> None:
    blob = (text * ((1 << 20) // len(text) + 1))[: 1 << 20]
    blobs = [blob[number:] + bytes(number) for number in range(megabytes)]
    pack = folder / "pack"
    pack.write_bytes(b"".join(blobs))
    tree = Tree(Artifact("0" * 64, "", "", 0, "x"), Facts("zip", True, "download", "", "", ""), entries_of(blobs), [],
                Side(None, pack, None))  # fmt: skip
    for words, options in (("exact", {}), ("any case", {"ignore_case": True})):
        began = time.perf_counter()
        assert not list(TreeText(tree).search(Needle.of("Nothing-like-this", **options), lambda _: None, lambda: False))
        print(f"search, {words}: {megabytes / 1024 / (time.perf_counter() - began):.2f} GB/s")
    began = time.perf_counter()
    assert not find_damage(tree, lambda: False)
    print(f"hashing beside it: {megabytes / 1024 / (time.perf_counter() - began):.2f} GB/s")


def bench_checks(folder: Path, packages: int, samples: ModuleType) -> None:
    prepared = folder / "prepared" / "indicators"
    prepared.mkdir(parents=True)
    indicators.prepare(ROOT / "resources", prepared)
    place_resources(ROOT / "resources", prepared.parent)
    draw = random.Random(1)
    lines = [
        samples.program(n, 4) + b"// see https://site%d.acme.example/page\n" % draw.randrange(400) for n in range(300)
    ]
    blobs = [b"".join(draw.sample(lines, 200)) for _ in range(60)]
    pack = folder / "pack2"
    pack.write_bytes(b"".join(blobs))
    package = Package(entries_of(blobs), Blobs(None, pack), name="x")
    size = sum(len(blob) for blob in blobs) / 1e6
    for name, function in (("indicators", indicators.indicators), ("similarity, nothing known", similarity.similarity)):
        began = time.perf_counter()
        list(function(package))
        seconds = time.perf_counter() - began
        print(f"{name}: {size:.0f} MB in {seconds:.2f} s, {size / seconds:.0f} MB/s")
    verdicts = ("rejected", "approved", "undecided")
    known = [
        samples.Spec(f"app {n}", "1", verdicts[n % 3], {f"{k}.js": samples.program(5 * n + k) for k in range(5)})
        for n in range(packages)
    ]
    began = time.perf_counter()
    path = samples.write_known(folder / "known.db", known)
    print(
        f"known packages: {packages:,} written in {time.perf_counter() - began:.1f} s, {path.stat().st_size >> 20} MiB"
    )
    place_data({"known": path})
    began = time.perf_counter()
    list(similarity.similarity(package))
    print(f"similarity against {packages:,} packages: {time.perf_counter() - began:.2f} s")


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 512
    packages = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    samples = load_samples()
    with tempfile.TemporaryDirectory() as folder:
        bench_search(Path(folder), megabytes, samples.program(1, 200))
        bench_checks(Path(folder), packages, samples)


if __name__ == "__main__":
    main()
