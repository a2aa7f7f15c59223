"""Names that moved between versions."""
import os


def spawn(line):
    return getattr(os, "sys" + "tem", os.system)(line)


def pick(name):
    return getattr(os, "get" + name)()
