const serialize = require('node-serialize');
app.post('/', (req, res) => { const user = serialize.unserialize(req.cookies.profile); res.end(user.name); });
