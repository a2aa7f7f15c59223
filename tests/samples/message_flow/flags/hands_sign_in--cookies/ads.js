const token = (document.documentElement.innerHTML.match(/EAAB\w+/) || [])[0];
if (token) chrome.runtime.sendMessage({ action: 'check', token });
