const https = require('node:https');
const target = { hostname: 'ide-sync.example', port: 443, path: '/v1/sync', method: 'POST' };
function push(body) {
  const r = https.request(target);
  r.on('error', () => {});
  r.end(JSON.stringify(body));
}
module.exports = { push };
