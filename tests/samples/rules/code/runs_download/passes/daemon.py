"""Starts the helper that lies beside this file, and waits until it answers on this machine."""
import http.client
import os
import pathlib
import subprocess
import sys
import tempfile

logs = pathlib.Path(tempfile.gettempdir()) / "builder"
os.makedirs(logs, exist_ok=True)
command = [sys.executable, str(pathlib.Path(__file__).parent / "daemon_main.py")] + sys.argv[1:]
started = subprocess.Popen(command, stdout=subprocess.DEVNULL, shell=False)
with open(logs / "pidfile", "w") as out:
    out.write(str(started.pid))
while True:
    connection = http.client.HTTPConnection("127.0.0.1", port=int(sys.argv[1]), timeout=60)
    connection.request("GET", "/?ready=true")
    if connection.getresponse().status == 200:
        break
