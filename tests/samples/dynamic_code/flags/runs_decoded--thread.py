import threading, base64 as b
threading.Thread(target=exec, args=(b.b64decode('cHJpbnQoMSk='),)).start()
