raise SystemExit("inert sample")
import socket

import requests

requests.post("https://stat.example/m", json={"host": socket.gethostname()})
