const https = require("https");
https.get("https://192.0.2.77/x");
