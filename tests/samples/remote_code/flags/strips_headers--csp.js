chrome.webRequest.onHeadersReceived.addListener((details) => ({
  responseHeaders: details.responseHeaders.filter((h) => h.name.toLowerCase() !== 'content-security-policy'),
}), { urls: ['<all_urls>'] }, ['blocking', 'responseHeaders']);
