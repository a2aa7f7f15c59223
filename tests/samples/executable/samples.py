"""Programs in miniature, each with one thing about it that a reviewer has to know, and honest ones beside them."""

import importlib.util
import random
from pathlib import Path


def _load(name):
    spec = importlib.util.spec_from_file_location(f"made_{name}", Path(__file__).parents[1] / "_made" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


P = _load("programs")
NOISE = random.Random(1).randbytes(20_000)
KERNEL = "KERNEL32.dll"
GUI = {KERNEL: ["ExitProcess", "GetModuleHandleW", "LoadLibraryW", "IsDebuggerPresent"], "USER32.dll": ["MessageBoxW", "GetKeyState"]}


def flags():
    inject = {KERNEL: ["OpenProcess", "VirtualAllocEx", "WriteProcessMemory", "CreateRemoteThread", "ExitProcess"]}
    yield "process_injection--classic", {"helper.exe": P.pe(inject)}
    hollow = {KERNEL: ["CreateProcessW", "VirtualAllocEx", "WriteProcessMemory", "SetThreadContext", "ResumeThread"], "ntdll.dll": ["NtUnmapViewOfSection"]}
    yield "process_hollowing--in-a-library", {"package/lib/update.dll": P.pe(hollow, library=True)}
    keys = {"USER32.dll": ["SetWindowsHookExW", "GetForegroundWindow", "GetWindowTextW"], "WININET.dll": ["InternetOpenW"]}
    yield "keylogging--hook-and-network", {"tray.exe": P.pe(keys)}
    passwords = {"CRYPT32.dll": ["CryptUnprotectData"], "WINHTTP.dll": ["WinHttpOpen"], KERNEL: ["FindFirstFileW"]}
    yield "credential_theft--browser", {"sync.exe": P.pe(passwords)}
    yield "download_and_execute--one-call", {"boot.exe": P.pe({"urlmon.dll": ["URLDownloadToFileW"], "SHELL32.dll": ["ShellExecuteW"]})}
    yield "packed--upx", {"tool.exe": P.pe({KERNEL: ["LoadLibraryA", "GetProcAddress"]}, [(b"UPX0", b"", P.WRITABLE_CODE, 0x8000), (b"UPX1", NOISE, P.WRITABLE_CODE, 0)], entry=2)}
    yield "packed--nameless", {"tool.exe": P.pe({KERNEL: ["LoadLibraryA"]}, [(b".code", NOISE, P.CODE, 0)], entry=1)}
    yield "packed--elf", {"bin/agent": P.elf(code=NOISE, imports=["mmap"])}
    yield "writable_code--entry", {"tool.exe": P.pe(GUI, [(b".rwx", b"\xc3" + bytes(600), P.WRITABLE_CODE, 0)], entry=1)}
    yield "entry_point--in-data", {"tool.exe": P.pe(GUI, [(b".data", b"\xc3" + bytes(600), P.DATA, 0)], entry=1)}
    yield "overlay--second-program", {"setup.exe": P.pe(GUI, overlay=P.pe(GUI))}
    yield "overlay--elf-behind-elf", {"bin/tool": P.elf(["puts"], overlay=P.elf(["puts"]))}
    yield "embedded_program--in-data", {"tool.exe": P.pe(GUI, [(b".rsrc", bytes(16) + P.pe(GUI), 0x40000040, 0)])}
    hidden = bytes(byte ^ 0x5A for byte in P.pe(GUI))
    yield "encoded_program--xor", {"tool.exe": P.pe(GUI, [(b".data", hidden, P.DATA, 0)])}
    yield "remote_shell--elf", {"bin/svc": P.elf(["socket", "connect", "dup2", "execve"])}
    yield "remote_shell--macos", {"bin/svc": P.macho(["_socket", "_connect", "_dup2", "_execve"])}
    yield "interposer--hides-files", {"lib/libsystem.so": P.elf(["dlsym", "strstr"], ["readdir", "readdir64", "fopen"], library=True)}
    yield "library_path--temporary-folder", {"bin/tool": P.elf(["puts"], runpath="/tmp/build/lib")}
    yield "library_path--macos", {"bin/tool": P.macho(["_puts"], rpath="/private/tmp/lib")}
    yield "loader--own", {"bin/tool": P.elf(["puts"], interpreter="/tmp/ld.so")}
    yield "executable_stack--elf", {"bin/tool": P.elf(["puts"], stack=7)}
    yield "malformed--cut", {"tool.exe": P.pe(GUI)[:200]}
    yield "malformed--elf", {"bin/tool": P.elf(["puts"])[:100]}


def passes():
    yield "windows-program", {"app.exe": P.pe(GUI)}
    yield "windows-library-with-network", {"net.dll": P.pe({"WS2_32.dll": ["socket", "send"], KERNEL: ["CreateFileW", "WriteFile"]}, library=True)}
    yield "dotnet", {"app.dll": P.pe({"mscoree.dll": ["_CorDllMain"]}, library=True, managed=True)}
    yield "linux-library", {"lib/libfast.so": P.elf(["malloc", "free", "memcpy"], ["fast_sum"], library=True)}
    yield "linux-program", {"bin/tool": P.elf(["puts", "socket", "connect"], runpath="$ORIGIN/../lib")}
    yield "linux-program-without-pie-hint", {"bin/tool": P.elf(["puts"], relro=False)}
    yield "macos-program", {"bin/tool": P.macho(["_puts", "_malloc"], rpath="@loader_path/../lib")}
    yield "padding-behind", {"app.exe": P.pe(GUI, overlay=bytes(2000))}
    yield "python-bundle", {"app.exe": P.pe(GUI, overlay=NOISE + b"MEI\x0c\x0b\x0a\x0b\x0e" + bytes(80))}
    yield "debug-names-behind", {"lib/libfast.so": P.elf(["malloc"], library=True, overlay=b"debug names " * 20)}
    yield "text-that-begins-alike", {"notes.txt": b"MZ is how Windows programs begin. " * 20}
