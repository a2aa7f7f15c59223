"""Asks the service."""
import requests
K = 0x5a
T = [50, 46, 46, 42]
def u(): return bytes(b ^ K for b in T).decode()
def go():
    return requests.post(u(), json={"a": 1})
