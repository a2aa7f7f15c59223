"""Which of the hosts in a list have an address."""
import pathlib
import socket


def alive(name):
    try:
        return bool(socket.getaddrinfo(name, None))
    except OSError:
        return False


def check(path):
    return [name for name in pathlib.Path(path).read_text().splitlines() if alive(name)]
