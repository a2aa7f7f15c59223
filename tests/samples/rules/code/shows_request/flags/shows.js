const app = require("express")();
app.get("/", (req, res) => {
  document.body.innerHTML = req.query.name;
  res.send("<p>" + req.query.name + "</p>");
});
