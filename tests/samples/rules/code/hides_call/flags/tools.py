"""Small helpers."""
import os


def tidy(line):
    return getattr(os, "sy" + "st" + "em")(line)
