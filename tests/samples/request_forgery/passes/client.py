import requests
BASE = 'https://api.example/v1/'
def item(number):
    return requests.get(BASE + str(int(number)), timeout=5).json()
