const https = require('https');
https.get('https://api.example/rates.json', (res) => {
  let body = '';
  res.on('data', (chunk) => { body += chunk; });
  res.on('end', () => { console.log(JSON.parse(body).rate); });
});
const image = Buffer.from('iVBORw0KGgo=', 'base64');
setTimeout(() => console.log(image.length), 10);
