"""Frames of a web socket: what is sent is masked, where it goes can be read."""
import requests


def mask(data, key):
    return bytes(byte ^ key[n % 4] for n, byte in enumerate(data))


def start(service, body):
    return requests.post("https://api.example/" + service, data=mask(body, b"abcd"))
