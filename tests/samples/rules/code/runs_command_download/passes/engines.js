// the company that makes it has a domain under .sh: the address names no program
const { spawn } = require("child_process");
const host = process.env.ENGINES_MIRROR || "https://binaries.vendor.sh";
function serve(port) {
  return spawn(process.execPath, [require.resolve("./server"), String(port), host], { detached: true, windowsHide: true });
}
module.exports = { serve };
