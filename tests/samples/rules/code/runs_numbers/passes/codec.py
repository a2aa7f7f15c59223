"""Packs numbers, and runs a file that the user names."""


def pack(values):
    return bytes(v & 0xFF for v in values)


def run(path, scope):
    with open(path, encoding="utf-8") as source:
        exec(compile(source.read(), path, "exec"), scope)
