const fs = require('fs'), https = require('https');
exports.save = (address, target) => https.get(address, (res) => res.pipe(fs.createWriteStream(target)));
