"""A client of a service: its address may be chosen, and what signs in goes only there."""
import requests


class Client:
    def __init__(self, user, password, host="https://api.service.example"):
        self.user, self.password, self.host = user, password, host

    def sign_in(self):
        answer = requests.post(f"{self.host}/login", json={"user": self.user, "password": self.password})
        return answer.json()["token"]

    def register(self, hostname):
        return requests.post("https://api.service.example/hosts", json={"name": hostname}, timeout=5)
