chrome.webRequest.onBeforeRequest.addListener((d) => d, { urls: ["<all_urls>"] });
