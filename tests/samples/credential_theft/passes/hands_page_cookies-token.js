const token = (name) => document.cookie.split('; ').find((pair) => pair.startsWith(name + '='));
document.querySelector('form').addEventListener('change', () => { document.querySelector('#token').value = token('csrf'); });
chrome.runtime.sendMessage({ type: 'ready', host: location.host });
