import hashlib


def name_of(data):
    return hashlib.md5(data).hexdigest()
