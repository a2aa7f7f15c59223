chrome.runtime.onMessage.addListener((message, sender) => {
  if (message.key === 't') chrome.tabs.create({});
  if (message.key === 'w') chrome.tabs.remove(sender.tab.id);
});
fetch('https://shortcuts.example/news.json').then((answer) => answer.json()).then((news) => chrome.storage.local.set({ news }));
