const axios = require('axios');
app.get('/rates', async (req, res) => { res.json((await axios.get('https://api.example/rates')).data); });
