import * as api from './api.js';
chrome.alarms.create('t', { periodInMinutes: 1 });
chrome.alarms.onAlarm.addListener(async () => {
  const { log } = await chrome.storage.local.get('log');
  if (log) await api.put(log);
});
