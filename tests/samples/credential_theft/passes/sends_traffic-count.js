let requests = 0;
chrome.webRequest.onSendHeaders.addListener(() => { requests += 1; }, { urls: ['<all_urls>'] });
chrome.alarms.onAlarm.addListener(() => fetch('https://count.example/alive', { method: 'POST' }));
