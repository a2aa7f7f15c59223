const socket = new WebSocket('wss://notes.example/live');
chrome.runtime.onMessage.addListener((note) => { socket.send(JSON.stringify(note)); });
