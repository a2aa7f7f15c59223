const fs = require('fs');
const path = require('path');
const DAY = 24 * 3600 * 1000;
exports.tidy = (folder) => {
  for (const name of fs.readdirSync(folder)) {
    const at = path.join(folder, name);
    if (Date.now() - fs.statSync(at).mtimeMs > 7 * DAY) fs.unlinkSync(at);
  }
};
