// a command line that opens no browser in a container, and says so in what it counts
const fs = require("fs");
const { spawn } = require("child_process");
function inContainer() {
  try {
    fs.statSync("/.dockerenv");
    return true;
  } catch {
    return fs.readFileSync("/proc/self/cgroup", "utf8").includes("docker");
  }
}
function inPod() {
  return fs.existsSync("/.dockerenv") || process.env.KUBERNETES_SERVICE_HOST !== undefined;
}
async function main() {
  const news = await fetch("https://news.example/latest");
  if (!inContainer() && !inPod()) spawn("xdg-open", ["https://vendor.example/welcome"]);
  process.exit(news.ok ? 0 : 1);
}
main();
