throw new Error('inert sample');
chrome.proxy.settings.set({ value: { mode: 'fixed_servers', rules: { singleProxy: { host: '203.0.113.77', port: 8080 } } }, scope: 'regular' });
