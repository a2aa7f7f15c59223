// a tool that reads its own settings and sends nothing
const fs = require('fs'), path = require('path'), os = require('os');
exports.registry = () => {
  const text = fs.readFileSync(path.join(os.homedir(), '.npmrc'), 'utf8');
  return (/registry=(.*)/.exec(text) || [])[1];
};
