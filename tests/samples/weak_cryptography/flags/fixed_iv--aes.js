const crypto = require('crypto');
exports.hide = (key, text) => crypto.createCipheriv('aes-256-cbc', key, '0000000000000000').update(text);
