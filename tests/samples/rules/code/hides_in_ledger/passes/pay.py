"""Pays, and keeps an encrypted receipt."""
from Crypto.Cipher import PKCS1_OAEP
from Crypto.PublicKey import RSA


def pay(client, build, amount):
    return client.send_transaction(build(amount))


def keep(path, text, pem):
    path.write_bytes(PKCS1_OAEP.new(RSA.import_key(pem)).encrypt(text))
