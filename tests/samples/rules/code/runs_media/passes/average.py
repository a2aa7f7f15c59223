"""The mean colour of a picture."""
from PIL import Image


def average(path):
    points = list(Image.open(path).getdata())
    return tuple(sum(part) // len(points) for part in zip(*points))


def calculate(text, names):
    return eval(text, {"__builtins__": {}}, names)
