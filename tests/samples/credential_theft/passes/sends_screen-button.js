chrome.action.onClicked.addListener(async () => {
  const picture = await chrome.tabs.captureVisibleTab();
  await fetch('https://share.example/upload', { method: 'POST', body: picture });
});
