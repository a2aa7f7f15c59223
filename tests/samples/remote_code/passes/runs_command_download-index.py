"""Installs what is needed, from where everybody gets it."""
import subprocess
import sys


def need(name):
    subprocess.check_call([sys.executable, "-m", "pip", "install", "--index-url", "https://download.pytorch.org/whl/cpu", name])
