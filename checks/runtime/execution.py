"""Run one check on what it asked for, as the worker does and as the sample test does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks.runtime.catalog import CheckSpec
from checks.runtime.model import Component, Fact, Finding, Unchecked
from checks.runtime.package import File, Package, Target, TooLarge


def run_file_check(
    spec: CheckSpec, files: Sequence[File], parameters: Mapping[str, Any]
) -> Iterator[Finding | Fact | Component | Unchecked]:
    """Results of a per-file check on these files (a batch check sees them together)."""
    if spec.batch_bytes:
        yield from spec.function(list(files), **parameters)
        return
    for file in files:
        try:
            yield from spec.function(file, **parameters)
        except TooLarge as error:
            if not file.unpacked:  # the members of a container are files of their own
                yield file.unchecked(str(error))


def run_package_check(
    spec: CheckSpec, package: Package, parameters: Mapping[str, Any]
) -> Iterator[Finding | Fact | Component | Unchecked]:
    """Results of a whole-package check."""
    try:
        yield from spec.function(package, **parameters)
    except TooLarge as error:
        file = error.file
        yield file.unchecked(str(error)) if file and package.holds(file) else package.unchecked(str(error))


def run_probe(
    spec: CheckSpec, target: Target, parameters: Mapping[str, Any]
) -> Iterator[Finding | Fact | Component | Unchecked]:
    """Results of a check that asks the network."""
    yield from spec.function(target, **parameters)
