const crypto = require('crypto');
const os = require('os');
const d = crypto.createDecipheriv('aes-256-cbc', crypto.createHash('sha256').update(os.hostname()).digest(), Buffer.alloc(16));
module.exports = d.update('00', 'hex', 'utf8') + d.final('utf8');
