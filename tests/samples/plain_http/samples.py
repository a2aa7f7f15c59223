"""Uses of unencrypted addresses, and addresses that nobody contacts."""

from __future__ import annotations

from collections.abc import Iterator


def flags() -> Iterator[tuple[str, dict[str, bytes]]]:
    page = b'<!doctype html><html><head><script src="http://cdn.vendor.invalid/lib.js"></script></head></html>'
    yield "included_code--script-element", {"popup.html": page}
    yield "included_code--import", {"a.mjs": b'const m = await import("HTTP://cdn.vendor.invalid/m.js");\n'}
    manifest = b'{"name": "x", "version": "1", "update_url": "http://updates.vendor.invalid/x.xml"}'
    yield "update_address--extension", {"manifest.json": manifest}
    yield "request--python", {"client.py": b'import requests\nrequests.post("http://192.0.2.7/collect", json=data)\n'}
    yield "request--fetch", {"src/app.js": b"await fetch('http://api.vendor.invalid/v1/items');\n"}
    yield "web_socket--browser", {"src/live.js": b'const s = new WebSocket("ws://live.vendor.invalid/feed");\n'}
    yield "download_command--shell", {"install.sh": b"#!/bin/sh\ncurl -s http://198.51.100.4/setup.sh -o setup.sh\n"}
    yield "package_source--pip", {"pip.conf": b"[global]\nindex-url = http://pypi.vendor.invalid/simple\n"}
    yield "setting--webhook", {"config.yaml": b"webhook: http://hooks.vendor.invalid/a\n"}


def passes() -> Iterator[tuple[str, dict[str, bytes]]]:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.inkscape.org/namespaces/inkscape"/>'
    yield "name-spaces", {"icon.svg": svg}
    yield "this-machine", {"dev.js": b'fetch("http://localhost:3000/a"); fetch("http://127.0.0.1:80/"); io("ws://[::1]:1/");\n'}
    yield "comments", {
        "a.js": b"// see http://blog.vendor.invalid/why\n/* licence:\n   http://vendor.invalid/terms\n */\nrun();\n",
        "b.py": b'"""Explained at http://blog.vendor.invalid."""\nx = 1  # http://blog.vendor.invalid/x\n',
    }
    yield "metadata", {"package.json": b'{"name": "a", "homepage": "http://vendor.invalid", "license": "MIT"}'}
    yield "documentation", {"README.md": b"See [our site](http://vendor.invalid) or http://vendor.invalid/faq.\n"}
    yield "encrypted", {"a.js": b'fetch("https://api.vendor.invalid/"); new WebSocket("wss://live.vendor.invalid/");\n'}
    yield "link-to-read", {"about.html": b'<p><a href="http://vendor.invalid/about">about</a></p>'}
    yield "schema", {"a.json": b'{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}'}
