import requests
from flask import request
def fetch():
    return requests.get(request.args.get('url')).text
