app.post('/set', (req, res) => {
  const store = {};
  const { key, name, value } = req.body;
  store[key][name] = value;
  res.end();
});
