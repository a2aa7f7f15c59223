"""Manifests that ask for much, and manifests that ask for what most products need."""

import importlib.util
import json
from pathlib import Path

_spec = importlib.util.spec_from_file_location("axml", Path(__file__).with_name("axml.py"))
axml = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(axml)

EXTENSION = {"manifest_version": 3, "name": "Tabs", "version": "1.0"}
NAMESPACE = 'xmlns:android="http://schemas.android.com/apk/res/android"'


def extension(**more):
    return {"manifest.json": json.dumps(EXTENSION | more).encode()}


def app(inside, *, plain=False, **form):
    text = f'<manifest {NAMESPACE} package="com.tabs.example" android:versionName="1.0">{inside}</manifest>'
    return {"AndroidManifest.xml": text.encode() if plain else axml.compile_xml(text, **form), "classes.dex": b"dex\n"}


def uses(*names):
    return "".join(f'<uses-permission android:name="android.permission.{name}"/>' for name in names)


def editor(**more):
    manifest = {"name": "tabs", "publisher": "acme", "version": "1.0.0", "engines": {"vscode": "^1.80.0"}}
    return {
        "extension.vsixmanifest": b'<PackageManifest><Metadata><Identity Id="tabs"/></Metadata></PackageManifest>',
        "extension/package.json": json.dumps(manifest | more).encode(),
    }


def flags():
    yield "session-theft--cookies-of-all-sites", extension(permissions=["cookies"], host_permissions=["<all_urls>"])
    yield (
        "session-theft--escaped-key",
        {
            "manifest.json": b'{"manifest\\u005fversion": 2, "name": "T", "version": "1",'
            b' "permissions": ["cookies", "*://*/*"]}'
        },
    )
    yield "traffic-control--proxy", extension(permissions=["proxy"], host_permissions=["http://*/*", "https://*/*"])
    yield "full-control--debugger", extension(permissions=["debugger", "tabs"])
    yield (
        "way-out-of-the-browser--native",
        extension(permissions=["nativeMessaging"], content_scripts=[{"matches": ["<all_urls>"], "js": ["a.js"]}]),
    )
    yield (
        "remote-code--policy-of-version-2",
        {
            "manifest.json": json.dumps(
                {
                    "manifest_version": 2, "name": "T", "version": "1",
                    "content_security_policy": "script-src 'self' https://cdn.tabs.example; object-src 'self'",
                }
            ).encode()
        },
    )  # fmt: skip
    yield "open-to-sites--any", extension(externally_connectable={"matches": ["<all_urls>"]})
    yield "permission--management", extension(permissions=["management"])
    yield (
        "session-theft--comments-in-the-manifest",
        {
            "manifest.json": b'// generated\n{"manifest_version": 3, /* x */ "name": "http://x", "version": "1",\n'
            b'"permissions": ["cookies"], "host_permissions": ["*://*/*"]}'
        },
    )
    yield "message-theft--sms", app(uses("READ_SMS", "INTERNET"))
    yield "message-theft--wide-strings-without-names", app(uses("READ_SMS", "INTERNET"), wide=True, hide_names=True)
    accessibility = '<application><service android:name=".S" android:permission="android.permission.{}"/></application>'
    yield (
        "screen-takeover--accessibility",
        app(uses("SYSTEM_ALERT_WINDOW") + accessibility.format("BIND_ACCESSIBILITY_SERVICE"), plain=True),
    )
    yield "app-installation--installer", app(uses("REQUEST_INSTALL_PACKAGES", "INTERNET"))
    yield "unsafe-flag--debuggable", app('<application android:debuggable="true"/>')
    yield "exported-component--provider", app(
        '<application><provider android:name=".P" android:exported="true"/></application>'
    )
    yield "permission--proposed-interface", editor(enabledApiProposals=["terminalDataWriteEvent"])
    settings = {"security.workspace.trust.enabled": False, "http.proxy": "http://192.0.2.7:8080"}
    yield "guard-lowered--settings", editor(contributes={"configurationDefaults": settings})
    yield "account-access--always", editor(activationEvents=["*"], contributes={"authentication": [{"id": "x"}]})


def passes():
    yield "storage-and-menus", extension(permissions=["storage", "contextMenus", "activeTab", "alarms"])
    yield "one-site", extension(host_permissions=["https://tabs.example/*"], permissions=["scripting", "storage"])
    yield "optional-host", extension(optional_host_permissions=["https://*.tabs.example/*"])
    yield (
        "local-server-while-developing",
        {
            "manifest.json": b'{"manifest_version": 2, "name": "T", "version": "1",'
            b' "content_security_policy": "script-src \'self\' http://localhost:8080; object-src \'self\'"}'
        },
    )
    yield "ordinary-app", app(
        uses("INTERNET", "ACCESS_NETWORK_STATE", "VIBRATE", "POST_NOTIFICATIONS")
        + '<application android:label="Tabs"><activity android:name=".Main" android:exported="true"><intent-filter>'
        '<action android:name="android.intent.action.MAIN"/></intent-filter></activity></application>'
    )
    yield "app-with-a-guarded-service", app(
        '<application><service android:name=".S" android:exported="true" android:permission="com.tabs.example.P"/>'
        "</application>"
    )
    yield "theme", editor(contributes={"themes": [{"label": "x", "path": "./t.json"}]})
    yield "language", editor(activationEvents=["onLanguage:css"], main="./out/e.js", extensionKind=["ui", "workspace"])
    yield "no-extension", {"manifest.json": b'{"name": "site", "icons": []}', "package.json": b'{"name": "x"}'}
