"""The address of this machine, asked of the system."""

import socket


def own_addresses():
    name = socket.gethostname()
    return {socket.gethostbyname(name), socket.gethostbyname(socket.gethostname())}
