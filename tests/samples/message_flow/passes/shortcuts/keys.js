document.addEventListener('keydown', (event) => {
  chrome.runtime.sendMessage({ type: 'key', key: event.key, ctrl: event.ctrlKey });
});
