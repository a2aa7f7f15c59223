const { spawn, execSync } = require('child_process');
const copyWith = { darwin: 'pbcopy', win32: 'clip', linux: 'xclip' };
exports.copy = (text) => { const child = spawn(copyWith[process.platform]); child.stdin.end(text); };
exports.paste = () => execSync('pbpaste').toString();
