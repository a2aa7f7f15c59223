// a tool of many modules in one file: each takes in what it needs, and only git is started
var __create = Object.create;
var __toESM = (mod) => Object.assign(__create(null), mod, { default: mod });
var import_execa = __toESM(require("execa"));
var import_fetch = __toESM(require("make-fetch-happen"));
var import_fs = __toESM(require("fs"));
var editor = process.platform === "win32" ? "notepad.exe" : "vi";
var folder = process.env.APPDATA || "APPDATA";
function save(target, data) {
  import_fs.default.writeFile(target.path, data, "utf8", function () {});
}
function isGit(cwd) {
  return import_execa.default.sync("git", ["rev-parse"], { cwd }).exitCode === 0;
}
