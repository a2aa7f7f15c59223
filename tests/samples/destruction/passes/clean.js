const fs = require('fs'), path = require('path');
fs.rmSync(path.join(__dirname, 'dist'), { recursive: true, force: true });
