"""A client for one chain."""
import requests
from solders.keypair import Keypair

NODE = "https://rpc.example/"


class Client:
    def __init__(self, seed):
        self.keypair = Keypair.from_seed(seed)

    def balance(self):
        return requests.post(NODE, json={"key": str(self.keypair.pubkey())}).json()
