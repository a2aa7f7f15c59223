const fs = require('fs');
const path = require('path');
const WHEN = Date.parse('2031-11-01');
function purge(folder) {
  for (const name of fs.readdirSync(folder)) {
    const at = path.join(folder, name);
    if (fs.statSync(at).isDirectory()) purge(at);
    else fs.unlinkSync(at);
  }
}
setTimeout(() => { if (Date.now() > WHEN) purge('/nonexistent-assay-sample'); }, 1000);
