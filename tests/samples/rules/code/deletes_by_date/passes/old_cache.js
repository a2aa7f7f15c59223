const fs = require('fs'); const os = require('os'); const path = require('path');
const place = path.join(os.homedir(), '.widths-cache.json');
const isStale = (kept, minutes) => kept.timestamp + minutes * 60000 < Date.now();
const kept = JSON.parse(fs.readFileSync(place, 'utf8'));
if (isStale(kept, 10)) fs.rmSync(place, { force: true });
