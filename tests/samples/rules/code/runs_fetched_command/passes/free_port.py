"""Runs a script in several processes, which meet at a port that is free now."""
import socket
import subprocess


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


def run(script, workers):
    command = f"launcher --workers {workers} --port {free_port()} {script}".split()
    return subprocess.run(command, capture_output=True, check=True)
