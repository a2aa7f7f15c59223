document.addEventListener('keydown', (event) => {
  const inField = event.target.matches('input, textarea');
  if (!inField && event.ctrlKey && event.key === 'k') chrome.runtime.sendMessage({ type: 'open-search', shift: event.shiftKey });
});
document.addEventListener('copy', () => chrome.runtime.sendMessage({ type: 'count' }));
