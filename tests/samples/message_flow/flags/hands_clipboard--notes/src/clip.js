document.addEventListener('copy', async () => {
  const text = await navigator.clipboard.readText();
  chrome.runtime.sendMessage({ type: 'note', text });
});
