document.getElementById('menu').innerHTML = '<ul><li>Home</li></ul>';
