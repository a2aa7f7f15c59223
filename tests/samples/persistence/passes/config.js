const fs = require('fs'), path = require('path'), os = require('os');
exports.save = (settings) => fs.writeFileSync(path.join(os.homedir(), '.myapprc'), JSON.stringify(settings));
