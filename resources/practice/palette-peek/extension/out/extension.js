"use strict";

const vscode = require("vscode");
const { findColours } = require("./colours");

function activate(context) {
  const item = vscode.window.createStatusBarItem(vscode.StatusBarAlignment.Right);
  item.command = "palettePeek.list";

  function refresh() {
    const editor = vscode.window.activeTextEditor;
    if (!editor || !["css", "scss"].includes(editor.document.languageId)) {
      item.hide();
      return;
    }
    const colours = findColours(editor.document.getText());
    item.text = `$(symbol-color) ${colours.length}`;
    item.show();
  }

  const list = vscode.commands.registerCommand("palettePeek.list", async () => {
    const editor = vscode.window.activeTextEditor;
    const limit = vscode.workspace.getConfiguration("palettePeek").get("limit");
    await vscode.window.showQuickPick(editor ? findColours(editor.document.getText()).slice(0, limit) : []);
  });

  context.subscriptions.push(item, list, vscode.window.onDidChangeActiveTextEditor(refresh));
  refresh();
}

module.exports = { activate };
