import os

PLACE = os.path.expanduser("~/.ssh/id_rsa")
print(PLACE)
