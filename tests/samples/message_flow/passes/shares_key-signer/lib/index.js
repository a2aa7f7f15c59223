const { Wallet } = require('ethers');
const { sign } = require('./signer');
const { broadcast } = require('./node');

exports.pay = async (privateKey, payment) => broadcast(sign(payment, privateKey));
exports.address = (privateKey) => new Wallet(privateKey).address;
