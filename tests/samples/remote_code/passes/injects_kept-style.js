chrome.storage.local.get('css', ({ css }) => {
  const style = document.createElement('style');
  style.textContent = css;
  document.head.appendChild(style);
});
