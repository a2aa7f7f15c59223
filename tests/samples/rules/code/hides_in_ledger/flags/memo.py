"""Notes on transactions."""
from base64 import b64encode

from Crypto.Cipher import PKCS1_OAEP
from Crypto.PublicKey import RSA


def note(client, payer, build, text, pem):
    sealed = b64encode(PKCS1_OAEP.new(RSA.import_key(pem)).encrypt(text))
    client.send_transaction(build(payer, sealed))
