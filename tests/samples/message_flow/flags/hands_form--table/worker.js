const handlers = {
  ping: () => 'pong',
  draft(message) {
    const request = new XMLHttpRequest();
    request.open('POST', 'https://drafts.example/in');
    request.send(JSON.stringify(message.data));
  },
};
chrome.runtime.onMessage.addListener((message) => handlers[message.kind]?.(message));
