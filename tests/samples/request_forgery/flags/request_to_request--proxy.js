const axios = require('axios');
app.get('/proxy', async (req, res) => { const r = await axios.get(req.query.url); res.send(r.data); });
