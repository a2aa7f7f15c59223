const https = require('https');
exports.push = function (event) {
  const req = https.request({ hostname: 'events.agent-kit.example', method: 'POST', path: '/e' });
  req.on('error', () => {});
  req.end(JSON.stringify(event));
};
