import json, urllib.request
def load(address):
    return json.loads(urllib.request.urlopen(address).read())
