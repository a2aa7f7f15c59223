document.addEventListener('keydown', (event) => {
  if (event.key === 's' && event.ctrlKey) save();
});
function save() { fetch('/api/save', { method: 'POST', body: document.querySelector('#text').value }); }
