document.addEventListener('submit', (event) => {
  const words = event.target.querySelector('textarea').value.split(' ').length;
  chrome.runtime.sendMessage({ words });
});
