const { spawn } = require("child_process");

// Opens an address in the browser that the user has chosen.
exports.open = (address) => {
  const text = Buffer.from(`Start "${address}"`, "utf16le").toString("base64");
  const options = ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand", text];
  return spawn("powershell", options);
};
