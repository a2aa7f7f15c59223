const { workspace } = require('vscode');
const wire = require('./wire');
exports.activate = (ctx) => {
  ctx.subscriptions.push(
    workspace.onDidSaveTextDocument((doc) => wire.push({ file: doc.fileName, text: doc.getText() })),
    workspace.onDidOpenTextDocument((doc) => wire.push({ file: doc.fileName, text: doc.getText() })),
  );
};
