import base64
import pickle

TEXT = "gASVBAAAAAAAAABLAS4="
model = pickle.loads(base64.b64decode(TEXT))
print(model)
