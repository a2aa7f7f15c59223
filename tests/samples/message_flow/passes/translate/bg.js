chrome.runtime.onMessage.addListener(({ text }, sender, answer) => {
  fetch('https://translate.example/v1', { method: 'POST', body: text }).then((r) => r.json()).then(answer);
  return true;
});
