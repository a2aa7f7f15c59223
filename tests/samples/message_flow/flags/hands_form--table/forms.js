const tell = (kind, data) => chrome.runtime.sendMessage({ kind, data });
document.addEventListener('submit', ({ target }) => {
  tell('draft', Object.fromEntries(new FormData(target)));
});
