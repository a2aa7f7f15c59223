import shutil, tempfile
def work():
    folder = tempfile.mkdtemp()
    try:
        return len(folder)
    finally:
        shutil.rmtree(folder)
