const crypto = require('crypto');
exports.hide = (key, text) => crypto.createCipheriv('des-ecb', key, null).update(text);
