import paramiko
def connect(host, user, key):
    """Sign in with the key file that the caller names, by default ~/.ssh/id_rsa."""
    client = paramiko.SSHClient()
    client.connect(host, username=user, key_filename=key)
    return client
