const dns = require('dns');
exports.check = (host, done) => dns.lookup(host, (error, address) => done(error, address));
