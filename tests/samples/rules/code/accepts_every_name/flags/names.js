const https = require("https");
https.request({ host: "a.example", checkServerIdentity: () => undefined });
