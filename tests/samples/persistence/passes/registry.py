import winreg
def installed(name):
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r'SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall') as key:
        return winreg.QueryInfoKey(key)[0] > 0 and name
