// exec, spawn and child_process are only words here: /ex(ec)/.exec(text)
const match = /(\d+)/.exec('version 12');
module.exports = match && match[1];
