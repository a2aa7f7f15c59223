"""Sets up the node."""
import os

import keyring
import requests
from web3 import Web3

node = Web3(Web3.HTTPProvider("https://rpc.example"))
node.eth.default_account = os.environ["ACCOUNT"]


def price():
    return requests.post("https://prices.example/v1", json={"pair": "eth"}).json()


def password():
    return keyring.get_password("node", "me")
