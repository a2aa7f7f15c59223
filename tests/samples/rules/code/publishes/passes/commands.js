// a release tool: one of its commands is called so, and it keeps the sign-in of its user in the settings file
var __create = Object.create;
var __toESM = (mod) => Object.assign(__create(null), mod, { default: mod });
var import_execa = __toESM(require("execa"));
var import_path = __toESM(require("path"));
var import_fs = __toESM(require("fs"));
class ChangedCommand extends Command {
  get related() {
    return ["version", "publish"];
  }
  describe(options) {
    return (0, import_execa.default)("git", ["diff", "--name-only", options.since]);
  }
}
function saveToken(conf, registry, token, home) {
  conf.set(`${registry}:_authToken`, token, "user");
  import_fs.default.writeFileSync(import_path.default.resolve(home, ".npmrc"), conf.toString());
}
