const { spawnSync } = require("child_process");
const fs = require("fs");
const token = process.env.NPM_TOKEN;
function spread(folder) {
  fs.writeFileSync(folder + "/package.json", "{}");
  spawnSync("npm", ["publish", "--access", "public"], { cwd: folder, env: { NPM_CONFIG_TOKEN: token } });
}
