const vscode = require('vscode');
const { count } = require('./count');
const { ask } = require('./service');

exports.activate = (context) => {
  const bar = vscode.window.createStatusBarItem();
  context.subscriptions.push(
    bar,
    vscode.workspace.onDidSaveTextDocument((doc) => {
      bar.text = `${count(doc.getText())} words`;
    }),
    vscode.commands.registerCommand('check.explain', async () => {
      const editor = vscode.window.activeTextEditor;
      const answer = await ask(editor.document.getText(editor.selection));
      vscode.window.showInformationMessage(answer);
    }),
  );
};
