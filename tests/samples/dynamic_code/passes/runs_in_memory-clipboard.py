import ctypes
import zlib

kernel = ctypes.windll.kernel32


def copy(text, packed):
    size = len(text) + 1
    handle = kernel.GlobalAlloc(2, size * 2)
    ctypes.memmove(kernel.GlobalLock(handle), ctypes.create_unicode_buffer(text), size * 2)
    ctypes.memmove(kernel.GlobalLock(handle), zlib.decompress(packed), 4)
    return handle
