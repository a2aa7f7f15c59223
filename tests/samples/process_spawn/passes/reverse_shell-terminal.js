const { spawn } = require('child_process');
const inner = spawn('bash', ['-c', 'cat']);
process.stdin.pipe(inner.stdin);
inner.stdout.pipe(process.stdout);
