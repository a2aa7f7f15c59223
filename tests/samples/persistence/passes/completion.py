HELP = 'Add this line to your ~/.bashrc to complete commands'
def show():
    print(HELP)
