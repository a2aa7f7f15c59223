chrome.runtime.onMessage.addListener((message, sender, answer) => {
  chrome.storage.local.get(message.path, answer);
  return true;
});
