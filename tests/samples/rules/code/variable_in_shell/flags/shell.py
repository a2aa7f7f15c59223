import subprocess


def pack(name):
    subprocess.run("tar cf out.tar " + name, shell=True)
