import os
import sys

os.system("convert " + sys.argv[1])
