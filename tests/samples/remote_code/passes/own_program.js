const fs = require('fs'), path = require('path'), https = require('https');
const target = path.join(path.dirname(require.resolve('builder')), 'builder.bin');
https.get('https://registry.example/builder.bin', (answer) => {
  const parts = [];
  answer.on('data', (part) => parts.push(part));
  answer.on('end', () => {
    fs.writeFileSync(target, Buffer.concat(parts));
    fs.chmodSync(target, 0o755);
  });
});
