chrome.storage.local.set({ kept: document.cookie, at: location.host });
