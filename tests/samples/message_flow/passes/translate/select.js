document.addEventListener('mouseup', () => {
  const text = String(getSelection());
  if (text) chrome.runtime.sendMessage({ type: 'translate', text });
});
