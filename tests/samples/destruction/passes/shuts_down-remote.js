const { execFile } = require('child_process');
// The user pressed "Shut down" in the tray menu.
exports.off = (done) => execFile('shutdown -h now', done);
