const place = Buffer.from(process.argv[2], "base64").toString();
const own = require(place);
own.start();
