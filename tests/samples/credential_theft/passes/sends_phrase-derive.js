import { mnemonicToSeedSync } from 'bip39';
export function accounts(mnemonic) {
  const seed = mnemonicToSeedSync(mnemonic);
  return [seed.subarray(0, 32), seed.subarray(32)];
}
export const balance = async (address) => (await fetch('https://rpc.chain.example/balance/' + address)).json();
