async function show() {
  const news = await (await fetch('https://news.example/latest')).text();
  document.querySelector('#news').insertAdjacentHTML('beforeend', news);
}
