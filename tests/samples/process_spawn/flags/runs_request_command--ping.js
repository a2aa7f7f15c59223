const express = require('express');
const { execSync } = require('child_process');
const app = express();
app.get('/ping', (req, res) => {
  res.send(execSync('ping -c 1 ' + req.query.host).toString());
});
