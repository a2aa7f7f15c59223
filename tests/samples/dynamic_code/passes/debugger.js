function show(address) {
  const loader = document.createElement('script');
  loader.src = 'console.js';
  return fetch(address).then((answer) => answer.text()).then((data) => {
    const frame = document.createElement('div');
    frame.textContent = data;
    return frame;
  });
}
