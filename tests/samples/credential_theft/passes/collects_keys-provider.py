"""Where a client finds its keys: in the file, or from the machine; nothing but the service gets them."""
import os
import requests

META = "http://169.254.169.254/latest/meta-data/iam/security-credentials/"


def find():
    path = os.path.expanduser("~/.aws/credentials")
    if os.path.exists(path):
        with open(path) as kept:
            return kept.read()
    return requests.get(META, timeout=1).json()


def sign(region, body):
    return requests.post("https://sts.amazonaws.com/", data=body, params={"region": region}, timeout=5)
