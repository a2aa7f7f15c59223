"""Asks the processor what it can do."""
import ctypes

CODE = b"\x31\xc0\x0f\xa2\xc3"


def run():
    core = ctypes.windll.kernel32
    at = core.VirtualAlloc(None, len(CODE), 0x1000, 0x4)
    ctypes.memmove(at, CODE, len(CODE))
    core.VirtualProtect(at, len(CODE), 0x10, ctypes.byref(ctypes.c_ulong(0)))
    return ctypes.CFUNCTYPE(ctypes.c_uint64)(at)()
