"""Leaks as they happen, put together from the examples of the rules so that no whole secret stands in a file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[3] / "resources" / "rules" / "secrets"


def _example(kind: str) -> str:
    for path in _FOLDER.glob("*.toml"):
        for table in tomllib.loads(path.read_text(encoding="utf-8")).get("secret", ()):
            if table["id"] == kind:
                return "".join(table["positive"])
    raise LookupError(kind)


def flags() -> Iterator[tuple[str, dict[str, bytes]]]:
    yield "stripe_secret--key-in-a-bundle", {
        "package.json": b'{"name": "checkout", "version": "1.0.0"}',
        "dist/app.min.js": ("!function(){var s;" + _example("stripe_secret") + ";s.charge(4)}();").encode(),
    }
    yield "github_pat--token-in-a-script", {"scripts/release.sh": f"#!/bin/sh\n{_example('github_pat')}\n".encode()}
    yield "gcp_service_account--key-file", {"config/account.json": _example("gcp_service_account").encode()}
    yield "private_key--in-json", {"account.json": _example("private_key").encode()}
    yield "rsa_private_key--pem", {"src/server.pem": _example("rsa_private_key").encode()}
    yield "database_url--environment", {".env": ("PORT=80\n" + _example("database_url") + "\n").encode()}
    yield "secret_assignment--unknown-service", {"lib/client.py": _example("secret_assignment").encode()}
    yield "slack_webhook--in-a-binary", {"bin/agent": b"\x7fELF\0\0" + _example("slack_webhook").encode() + b"\0\0"}


def passes() -> Iterator[tuple[str, dict[str, bytes]]]:
    yield "read-from-the-environment", {
        "src/app.js": b'const token = process.env.GITHUB_TOKEN;\nconst key = config.get("apiKey");\n',
        ".env.example": b"API_TOKEN=your-token-here\nDATABASE_URL=postgres://user:password@localhost/db\n",
    }
    yield "documentation-keys", {"src/s3.py": b'KEY = "AKIA' + b'IOSFODNN7EXAMPLE"\n'}
    yield "lock-file", {
        "package-lock.json": b'{"integrity": "sha512-3oSeUO0TMV67hN1AmXsK4+eqY7tWSeVLLCvRN0ONZRn4hVpTQ9q8Qyeq1uoH0Q=="}'
    }
    yield "public-key", {
        "key.pem": b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJxE3\n-----END PUBLIC KEY-----\n"
    }
    yield "parser-of-keys", {"src/pem.js": b'if (s.startsWith("-----BEGIN RSA PRIVATE KEY-----")) return parse(s);'}
    yield "template", {"chart/values.yaml": b'password: "{{ .Values.password }}"\nsecretKey: ${SECRET_KEY}\n'}
