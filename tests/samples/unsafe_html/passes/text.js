window.addEventListener('message', (event) => { document.getElementById('note').textContent = event.data.text; });
