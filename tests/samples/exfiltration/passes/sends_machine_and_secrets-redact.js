const os = require('os');
const hidden = /token|secret|passw(or)?d|api_?key|credential/i;
const redact = (entries) => entries.map(([name, value]) => [name, hidden.test(name) ? '***' : value]);
exports.line = (entries) => ({ host: os.hostname(), entries: redact(entries) });
