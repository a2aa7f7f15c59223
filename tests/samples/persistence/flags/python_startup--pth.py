import site, os
target = os.path.join(site.getsitepackages()[0], 'distutils-precedence2.pth')
with open(target, 'w') as handle:
    handle.write('import os; os.getcwd()')
