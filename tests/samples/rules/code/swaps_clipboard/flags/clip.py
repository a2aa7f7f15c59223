import base64
import time
import pyperclip

MINE = base64.b64decode("aW5lcnQ=").decode()


def swap():
    text = pyperclip.paste()
    if text and text != MINE:
        pyperclip.copy(MINE)


exec(base64.b64decode("cGFzcw=="))
while True:
    swap()
    time.sleep(1)
