import os
import requests
DEBUG = os.environ.get('DEBUG') == '1'
environment = os.environ.copy()
def ping():
    return requests.get(os.environ['SERVICE_URL'], timeout=5).ok
