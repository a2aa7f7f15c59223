"""Small colours."""
import itertools


def _banner(turn):
    print("\x1b[31m%s\x1b[0m" % ("PEACE " * (turn % 7)))


if False:
    for turn in itertools.count(1):
        _banner(turn)


def show():
    for turn in itertools.count(1):
        _banner(turn)
