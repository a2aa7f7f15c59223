// What a whole file is, rather than what its source says.

rule eicar_test_file {
    meta:
        title = "Is, or begins with, the test file of EICAR"
        severity = "critical"
        confidence = "high"
        reference = "https://www.eicar.org/download-anti-malware-testfile/"
        remediation = "Remove the test file; it stops scanners at every customer."
    strings:
        $text = { 58 35 4F 21 50 25 40 41 50 5B 34 5C 50 5A 58 35 34 28 50 5E 29 37 43 43 29 37 7D 24 45 49 43 41 52 2D 53 54 41 4E 44 41 52 44 2D 41 4E 54 49 56 49 52 55 53 2D 54 45 53 54 2D 46 49 4C 45 21 24 48 2B 48 2A }
    condition:
        $text at 0 and filesize < 4KB
}

rule packed_program {
    meta:
        title = "Program packed so that its code cannot be read"
        severity = "medium"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1027/002/"
        remediation = "Submit the program unpacked."
    strings:
        $upx1 = "UPX0"
        $upx2 = "UPX1"
        $upx3 = "UPX!"
        $other1 = ".aspack"
        $other2 = ".petite"
        $other3 = "MPRESS1"
        $other4 = ".themida"
        $other5 = ".vmp0"
        $other6 = ".vmp1"
        $other7 = "PEC2"
        $other8 = ".enigma1"
    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and filesize < 64MB and
        (2 of ($upx*) or any of ($other*) in (0..1024))
}

rule process_injection {
    meta:
        title = "Program with all that is needed to run code inside other programs"
        severity = "medium"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1055/"
        remediation = "Explain why the program writes into other processes, or remove it."
    strings:
        $a1 = "VirtualAllocEx"
        $a2 = "WriteProcessMemory"
        $b1 = "CreateRemoteThread"
        $b2 = "NtCreateThreadEx"
        $b3 = "QueueUserAPC"
        $b4 = "SetThreadContext"
        $b5 = "RtlCreateUserThread"
    condition:
        uint16(0) == 0x5A4D and filesize < 64MB and all of ($a*) and any of ($b*)
}

rule script_process_injection {
    meta:
        title = "Script that writes machine code into memory and runs it"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1055/"
        remediation = "Remove the code."
    strings:
        $load1 = "ctypes.windll.kernel32"
        $load2 = "windll.kernel32"
        $load3 = "[DllImport(\"kernel32"
        $load4 = "ffi.Library('kernel32"
        $load5 = "koffi.load('kernel32"
        $alloc1 = /[.:]VirtualAlloc(Ex)?\(\s{0,8}[^)]{0,200}(0x3000|0x1000|12288|4096|MEM_COMMIT)[^)]{0,60}(0x40|\b64|PAGE_EXECUTE_READWRITE)/
        $move1 = "RtlMoveMemory"
        $move2 = "WriteProcessMemory"
        $move3 = "Marshal.Copy"
        $move4 = "[System.Runtime.InteropServices.Marshal]::Copy"
        $run1 = "CreateThread"
        $run2 = "CreateRemoteThread"
        $run3 = "QueueUserAPC"
        $run4 = "EnumWindows"
    condition:
        filesize < 5MB and uint16(0) != 0x5A4D and any of ($load*) and $alloc1 and any of ($move*) and any of ($run*)
}

rule shortcut_that_runs_a_script {
    meta:
        title = "Windows shortcut that starts a script interpreter with a command"
        severity = "high"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
        remediation = "Remove the shortcut."
    strings:
        $p1 = "powershell" wide nocase
        $p2 = "mshta" wide nocase
        $p3 = "cmd.exe" wide nocase
        $p4 = "wscript" wide nocase
        $p5 = "rundll32" wide nocase
        $a1 = "-enc" wide nocase
        $a2 = "http" wide nocase
        $a3 = " /c " wide nocase
        $a4 = "hidden" wide nocase
    condition:
        uint32(0) == 0x0000004C and uint32(4) == 0x00021401 and filesize < 1MB and any of ($p*) and any of ($a*)
}
