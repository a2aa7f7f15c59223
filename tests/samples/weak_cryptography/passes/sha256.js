const crypto = require('crypto');
exports.sum = (data) => crypto.createHash('sha256').update(data).digest('hex');
