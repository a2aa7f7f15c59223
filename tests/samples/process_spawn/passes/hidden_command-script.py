"""A script of the package is started as its reader sees it, with an icon beside it as text."""
import subprocess

ICON = "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQMAAAAlPW0iAAAABlBMVEUAAAD///+l2Z/dAAAAM0lEQVR4nGP4/5/h/1+G/58ZDrAz3D/McH8yw83NDDeNGe4Ug9C9zwz3gVLMDA/A6P9/AFGGFyjOXZtQAAAAAElFTkSuQmCC"
FLAGS = ["-NoProfile", "-File"]


def run(script):
    command = ["powershell"]
    command.extend(FLAGS)
    command.append(script)
    return subprocess.run([*command, "-Verbose"], check=True)
