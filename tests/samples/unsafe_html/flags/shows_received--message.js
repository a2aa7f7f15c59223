window.addEventListener('message', (event) => { document.getElementById('note').innerHTML = event.data.text; });
