const fs = require('fs'), vm = require('vm');
const logo = fs.readFileSync(__dirname + '/logo.png');
exports.banner = () => 'data:image/png;base64,' + logo.toString('base64');
exports.run = (file) => vm.runInThisContext(fs.readFileSync(file, 'utf8'));
