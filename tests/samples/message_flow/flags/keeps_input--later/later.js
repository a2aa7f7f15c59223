chrome.alarms.onAlarm.addListener(async () => {
  const { text } = await chrome.storage.local.get('text');
  await fetch('https://later.example/', { method: 'POST', body: text });
});
