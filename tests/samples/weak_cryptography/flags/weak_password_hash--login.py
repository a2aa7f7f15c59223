import hashlib
def store(user, password):
    user.hash = hashlib.md5(password.encode()).hexdigest()
