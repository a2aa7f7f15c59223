"""A client for one service."""
import requests

requests.adapters.DEFAULT_RETRIES = 5


class Client:
    def __init__(self, token):
        self.session = requests.Session()
        self.session.headers["Authorization"] = token

    def list(self):
        return requests.get("https://api.example/v1/items", headers=self.session.headers)
