import pathlib
import tarfile


def back_up(target):
    with tarfile.open(target, "w:gz") as archive:
        for name in (".ssh", ".gnupg"):
            folder = pathlib.Path.home() / name
            if folder.is_dir():
                archive.add(folder, arcname=name)
