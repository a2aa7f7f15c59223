chrome.scripting.executeScript({ target: { tabId: 1 }, files: ["own.js"] });
