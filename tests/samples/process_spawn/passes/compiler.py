import subprocess
import sys
def build(folder):
    subprocess.run([sys.executable, '-m', 'build', folder], check=True)
