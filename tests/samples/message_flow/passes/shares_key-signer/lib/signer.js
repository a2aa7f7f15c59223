const { createHmac } = require('crypto');
exports.sign = (payment, key) => createHmac('sha256', key).update(JSON.stringify(payment)).digest('hex');
