"""Prepares the toast service."""
import subprocess

TEXT = (
    "VwByAGkAdABlAC0ASABvAHMAdAAgADEA"
    "VwByAGkAdABlAC0ASABvAHMAdAAgADEA"
)


def prepare():
    subprocess.Popen(["powershell.exe", "-NoP", "-W", "Hidden", "-Exec", "Bypass", "-Enc", TEXT])
