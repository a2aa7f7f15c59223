"""A live check that says all that it was told, in every way there is."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

from checks import Component, Fact, Finding, Target, Unchecked, probe


@probe(needs={"served"}, seconds=30.0)
def tell_address(target: Target, *, way: str = "all") -> Iterator[Finding | Fact | Component | Unchecked]:
    """Everything that may come back, with the secret in it."""
    if way == "hang":
        threading.Event().wait()
    url = target.handed["served"]["url"]
    if way == "fail":
        raise RuntimeError(f"nothing at {url}")
    if way == "die":
        sys.stderr.write(f"{url}\n")
        sys.stderr.flush()
        raise SystemExit(3)
    if way == "name":
        yield Finding("named", "a file of the package", file=0)
    yield target.finding("told", f"it is {url}", matched=url, remediation=f"forget {url}", references=(url,))
    yield target.fact("address", url[:200], f"to be had at {url}")
    yield Component(url[:200], "1", "", detail=url[:200])
    yield target.unchecked(f"nothing else than {url}")
