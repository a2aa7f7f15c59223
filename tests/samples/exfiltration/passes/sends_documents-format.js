const vscode = require('vscode');
exports.activate = (context) => {
  const count = new Map();
  context.subscriptions.push(
    vscode.workspace.onDidChangeTextDocument((event) => count.set(event.document.fileName, Date.now())),
    vscode.commands.registerCommand('format.online', async () => {
      const text = vscode.window.activeTextEditor.document.getText();
      const answer = await fetch('https://format.example/v1', { method: 'POST', body: text });
      vscode.window.showInformationMessage(await answer.text());
    }),
  );
};
