window.addEventListener('message', (event) => {
  if (event.data.source === 'export') chrome.runtime.sendMessage(event.data);
});
