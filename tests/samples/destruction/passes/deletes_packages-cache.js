const fs = require('fs');
const path = require('path');
const started = Date.now();
exports.clean = (root) => {
  fs.rmSync(path.join(root, 'node_modules', '.cache', 'bundler'), { recursive: true, force: true });
  console.log(`cache removed in ${Date.now() - started} ms`);
};
