"""What the practice marketplace holds at its first start, from `resources/practice/`; times are days before it."""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.marketplace.practice.generated import add_generated
from app.marketplace.practice.moves import Records
from app.marketplace.practice.records import MARKETPLACE
from app.practice import SOURCES, PracticeError, build_packages, build_practice, read_practice
from app.practice_parts import pack_zip

DAY = 86_400_000
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DRAFT = 0.5  # days before it is sent in that a version is made
SERIES_DAYS = 90


def seed_records(records: Records, packages: Path | None, target: Path, versions: int = 0) -> None:
    """Fill an empty database; one that is filled stays as it is, but gets the generated `versions` that are missing.

    The packages are in `packages`, or built into `target`. Raises PracticeError where they are not as they should be.
    """
    with records.change():
        if records.row("SELECT 1 FROM about WHERE name='seeded'") is None:
            settings = tomllib.loads(MARKETPLACE.read_text(encoding="utf-8"))
            if packages is None:
                build_practice(target)
            _Seed(records, settings, packages or target, target).plant()
            records.note("seeded", str(records.now()))
        add_generated(records, versions)


class _Seed:
    """One filling."""

    def __init__(self, records: Records, settings: Mapping[str, Any], packages: Path, scratch: Path) -> None:
        self._records, self._settings = records, settings
        self._now = records.now()
        self._random = random.Random("practice marketplace")  # noqa: S311 - always the same
        self._packages = packages
        self._paths = {path.name: path for path in packages.iterdir() if path.is_file()}
        made = build_packages(scratch, settings["package"], SOURCES)
        self._paths |= {path.name: path for path in made}
        self._lessons = {one.path.name: one.lesson for one in read_practice(packages)}

    def plant(self) -> None:
        for developer in self._settings["developer"]:
            self._add_developer(developer)
        for app in self._settings["app"]:
            for version in app["versions"]:
                self._add_version(app, version)
            self._add_counts(app["id"], app.get("popularity", 0))
        self._add_history(self._settings["history"])

    def _ago(self, days: float) -> int:
        return self._now - int(days * DAY)

    def _date(self, days: float) -> str:
        return datetime.fromtimestamp(self._ago(days) / 1000, UTC).date().isoformat()

    def _token(self) -> str:
        return "AS-" + "".join(self._random.choice(BASE32) for _ in range(10))

    def _add_developer(self, told: Mapping[str, Any]) -> None:
        custom = {key: told[key] for key in ("country", "website", "securityContact") if key in told}
        custom["agreement"] = {**told["agreement"], "accepted": self._date(told["agreement"]["accepted"])}
        custom["certifications"] = [
            {**one, "issued": self._date(one["issued"]), "expires": self._date(one["expires"])}
            for one in told.get("certifications", [])
        ]
        created = self._ago(told["days"])
        self._records.add_developer(told["id"], told["name"], told["email"], told["type"], created, **custom)

    def _add_version(self, app: Mapping[str, Any], version: Mapping[str, Any]) -> None:
        submitted = None if "submitted" not in version else self._ago(version["submitted"])
        created = self._now - DAY // 12 if submitted is None else submitted - int(DRAFT * DAY)
        told = [{"name": one} if isinstance(one, str) else one for one in version["files"]]
        told = told or [{"name": f"{app['id']}-{version['label']}.zip"}]
        ids = [self._add_file(one, app, version["label"], submitted or created) for one in told]
        custom = {"changeLog": version.get("changeLog", ""), "declarations": app.get("declarations", {})}
        if version.get("lesson"):
            if (name := told[0]["name"]) not in self._lessons:
                raise PracticeError(f"{self._packages}: lacks {name}; run `make practice` to build it anew")
            custom["lesson"] = self._lessons[name]
        self._records.submit_version(
            app["id"],
            ids,
            developer_id=app["developer"],
            name=app["name"],
            kind=app["type"],
            label=version["label"],
            status=version["status"],
            reason=version.get("reason", "").replace("{id}", self._token()),
            created=created,
            submitted=submitted,
            updated=self._ago(version["decided"]) if "decided" in version else None,
            live=version.get("live", False),
            named=len(ids) > 1,
            **custom,
        )

    def _add_file(self, told: Mapping[str, Any], app: Mapping[str, Any], label: str, uploaded: int) -> str:
        name = told["name"]
        content: bytes | Path = self._paths.get(name) or pack_zip(
            {"README.md": f"# {app['name']} {label}\n\nAn earlier version, kept as a record.\n".encode()}
        )
        options: dict[str, Any] = {"hashes": told["hashes"]} if "hashes" in told else {}
        return self._records.add_file(
            name,
            content,
            file_id=hashlib.sha256(f"{app['id']} {label} {name}".encode()).hexdigest()[:24],
            uploaded=uploaded,
            content_type=told.get("type", ""),
            mime_check=told.get("mime", "PASSED"),
            virus_status=told.get("scan", "CLEAN"),
            viruses=told.get("viruses"),
            **options,
        )

    def _add_counts(self, app_id: str, popularity: int) -> None:
        if popularity:
            today = self._now // DAY * DAY
            self._records.add_counts(
                [
                    (app_id, today - back * DAY, field, int(popularity * share * self._random.uniform(0.5, 1.5)))
                    for back in range(SERIES_DAYS)
                    for field, share in (("views", 1.0), ("downloads", 0.2), ("ownerships", 0.1), ("reviews", 0.01))
                ]
            )

    def _add_history(self, told: Mapping[str, Any]) -> None:
        """Decided versions: the older the earlier in each app, the newest approved one live."""
        chance = self._random
        ages = sorted((chance.uniform(0.5, told["days"]) for _ in range(told["versions"])), reverse=True)
        developers = [one["id"] for one in self._settings["developer"]]
        names = told["apps"]
        made: dict[str, int] = {}
        for turn, age in enumerate(ages):
            place = turn % len(names)
            name, number = names[place], made.get(names[place], 0) + 1
            made[name] = number
            hours = min(chance.lognormvariate(0, 0.9) * told["wait"], age * 24 * 0.9)
            rejected = number > 1 and chance.randrange(told["rejected"]) == 0
            signed = f"Reviewed by {chance.choice(told['reviewers'])}. Decision {{id}}."
            app = {
                "id": name.lower().replace(" ", "-"),
                "name": name,
                "developer": developers[place % len(developers)],
                "type": told["types"][place % len(told["types"])],
            }
            version = {
                "label": f"1.{number - 1}.0",
                "status": "rejected" if rejected else "approved",
                "live": not rejected,
                "submitted": age,
                "decided": age - hours / 24,
                "files": [],
                "reason": f"{chance.choice(told['reasons'])}\n\n{signed}" if rejected else signed,
            }
            self._add_version(app, version)
