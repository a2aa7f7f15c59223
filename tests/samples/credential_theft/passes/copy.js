export async function copyAddress(address) {
  if (!/^0x[a-fA-F0-9]{40}$/.test(address)) throw new Error('not an address');
  await navigator.clipboard.writeText(address);
}
