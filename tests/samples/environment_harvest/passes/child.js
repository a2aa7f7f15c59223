const { spawn } = require('child_process');
spawn('node', ['worker.js'], { env: { ...process.env, MODE: 'worker' } });
