const fs = require('fs'), path = require('path');
app.get('/file', (req, res) => { res.end(fs.readFileSync(path.join('/srv', req.params.name))); });
