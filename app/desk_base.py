"""What every part of the desk stands on: the reviewer's folders, settings, database, sandbox and checks."""

from __future__ import annotations

import dataclasses
import functools
import getpass
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from app.browsing import Browser
from app.clamd import ClamdService
from app.errors import DeskError
from app.head_start import HeadStart
from app.kept_catalog import read_catalog
from app.model import Artifact, Isolation, Run, Submission
from app.paths import RESOURCES, Folders
from app.result_cache import ResultCache
from app.sandbox import Launcher, NoSandbox, choose_launcher
from app.settings import Settings, load_settings, save_settings
from app.vault import Vault
from checks.runtime.catalog import CheckSpec

if TYPE_CHECKING:
    from app.guidelines import Guideline, Profile
    from app.store import Store


class DeskBase:
    """Vault, store, settings, sandbox and checks of one reviewer, and the submissions that are here."""

    def __init__(self, folders: Folders, settings: Settings, market_secret: str | None = None) -> None:
        """`market_secret` takes the place of the kept one, for this desk only."""
        self.folders = folders
        self.settings = settings
        self._market_secret = market_secret
        self.vault = Vault(folders.data / "vault")
        self._cache = ResultCache(folders.cache / "results.db")
        self._clamd = ClamdService(folders.runtime, RESOURCES / "signatures")
        self._heads: dict[Artifact, HeadStart] = {}
        self._browser = Browser(self.vault, self.launcher, self._masking, folders.cache, settings)

    @classmethod
    def open(cls, folders: Folders | None = None, settings: Settings | None = None) -> Self:
        """The desk of this user; raises SettingsError, DeskError."""
        folders = folders or Folders.of_user()
        return cls(folders, settings or load_settings(folders.config / "settings.toml"))

    def close(self) -> None:
        """Let go of the files; the managed clamd stays up for the next command."""
        for head in self._heads.values():
            head.close()
        if "store" in self.__dict__:
            self.store.close()
        self._cache.close()
        self.vault.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @functools.cached_property
    def store(self) -> Store:
        """The database; opened at first use, because its library takes a while to load."""
        from app.store import Store

        return Store(self.folders.data / "assay.db")

    @functools.cached_property
    def catalog(self) -> Mapping[str, CheckSpec]:
        """All checks by id."""
        return read_catalog(self.folders.cache)

    @functools.cached_property
    def guidelines(self) -> Mapping[str, Guideline]:
        """All guidelines by id."""
        from app.guidelines import load_guidelines

        return load_guidelines()

    @property
    def reviewer(self) -> str:
        """Whose name goes into the record; blanks and what is unseen are no name."""
        from app.triage import clean_text

        return clean_text(self.settings.reviewer) or getpass.getuser()

    def apply_settings(self, settings: Settings) -> None:
        """Use these settings from now on, and keep them."""
        before = dataclasses.asdict(self.settings)
        changed = {k: v for k, v in dataclasses.asdict(settings).items() if before[k] != v}
        place = self.folders.config / "settings.toml"
        try:
            save_settings(settings, place)
        except OSError as error:
            raise DeskError(f"{place}: cannot be written ({error.strerror}): check its rights") from error
        self.settings = settings
        self._browser.apply_settings(settings)
        if changed:
            self.store.record(self.reviewer, "settings", **changed)

    def profiles(self) -> tuple[str, ...]:
        """Names of the profiles, the mildest first."""
        names = sorted(p.stem for p in (RESOURCES / "profiles").glob("*.toml"))
        order = ["standard", "enterprise", "financial"]
        return tuple(sorted(names, key=lambda n: (order.index(n) if n in order else len(order), n)))

    def profile(self, name: str | None = None) -> Profile:
        """A profile by name or path, the settings' one by default."""
        from app.guidelines import check_profile, load_profile

        profile = load_profile(name or self.settings.profile)
        check_profile(profile, self.guidelines)
        return profile

    def check_titles(self) -> Mapping[str, str]:
        """Title of every check by id."""
        return {spec.id: spec.title for spec in self.catalog.values()}

    def _masking(self) -> list[CheckSpec]:
        """The checks that look for secrets."""
        return [spec for spec in self.catalog.values() if spec.masks]

    def declared(self, kind: str) -> dict[str, frozenset[str]]:
        """The checks that exist for a kind, with their guidelines."""
        return {spec.id: spec.guidelines for spec in self.catalog.values() if kind in spec.kinds}

    def launcher(self) -> Launcher:
        """The sandbox; raises NoSandbox when none that the settings allow is available."""
        return choose_launcher(self.settings.isolation)

    def isolation(self) -> Isolation:
        """What a run would get now."""
        try:
            return self.launcher().isolation
        except NoSandbox as problem:
            return Isolation("unavailable", full=False, gives=(), lacks=(str(problem),))

    # What is here

    def submissions(self) -> tuple[Submission, ...]:
        """All submissions, the newest first."""
        return self.store.submissions()

    def submission(self, submission: int) -> Submission:
        """One submission."""
        return self.store.submission(submission)

    def last_run(self, submission: int) -> Run | None:
        """The latest finished run."""
        return self.store.last_run(submission)

    def finished_run(self, submission: int) -> Run:
        """The latest finished run; raises DeskError where there is none."""
        run = self.store.last_run(submission)
        if run is None:
            raise DeskError("there is no finished run yet: run the battery first")
        return run
