const page = Number(new URLSearchParams(location.search).get('page'));
fetch('/api/items').then((r) => r.json()).then((items) => console.log(items[page]));
