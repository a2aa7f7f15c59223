"""Where things are: our own resources, and the user's data, settings and cache (XDG)."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parent.parent
RESOURCES = ROOT / "resources"
CHECKS = ROOT / "checks"


@dataclass(frozen=True, slots=True)
class Folders:
    """The user's folders: `data` holds vault and database, `cache` what can be made again."""

    data: Path
    config: Path
    cache: Path
    runtime: Path

    @classmethod
    def of_user(cls) -> Folders:
        """By the platform's convention; ASSAY_CACHE_DIR overrides the cache folder."""
        with warnings.catch_warnings():  # without a session there is none: a private one is found
            warnings.simplefilter("ignore")
            runtime = platformdirs.user_runtime_dir("assay")
        cache = os.environ.get("ASSAY_CACHE_DIR") or platformdirs.user_cache_dir("assay")
        return cls(
            data=Path(platformdirs.user_data_dir("assay")),
            config=Path(platformdirs.user_config_dir("assay")),
            cache=Path(cache),
            runtime=Path(runtime),
        )
