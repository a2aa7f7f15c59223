import requests


def sign_in(user, password):
    return requests.post("https://api.service.example/login", json={"user": user, "password": password}).json()["token"]
