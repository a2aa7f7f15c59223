import netrc
import os

import requests


def get(url, verify=True):
    entry = netrc.netrc(os.path.expanduser("~/.netrc")).authenticators(url.split("/")[2])
    return requests.get(url, auth=(entry[0], entry[2]) if entry else None, verify=verify)
