import sys
import os

if sys.gettrace() is not None:
    os._exit(0)
print("ready")
