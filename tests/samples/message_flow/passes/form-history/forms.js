document.addEventListener('submit', ({ target }) => {
  chrome.storage.local.set({ [location.pathname]: Object.fromEntries(new FormData(target)) });
});
