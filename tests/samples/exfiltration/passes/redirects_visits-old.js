chrome.webNavigation.onBeforeNavigate.addListener((details) => {
  const at = new URL(details.url);
  if (at.hostname === 'www.forum.example') {
    at.hostname = 'old.forum.example';
    chrome.tabs.update(details.tabId, { url: at.href });
  }
});
