chrome.storage.local.get('proxy', ({ proxy }) => {
  chrome.proxy.settings.set({ value: { mode: 'fixed_servers', rules: { singleProxy: proxy } }, scope: 'regular' });
});
