"""Collects what a report of an error should tell about the machine."""
import locale
import platform
from subprocess import check_output

_os = "OS"
_locale = "Locale"
_COMMANDS = {"Linux": [("free", "-h")], "Darwin": [("vm_stat",)]}


def memory(os_name):
    told = {}
    for command in _COMMANDS.get(os_name, []):
        if hasattr(command, "read"):
            continue
        told[command[0]] = check_output(command)
    return told


def collect():
    info = {_os: platform.system()}
    info[_locale] = ".".join(str(part) for part in locale.getdefaultlocale())
    info.update(memory(info[_os]))
    return info
