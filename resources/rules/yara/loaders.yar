// Code that hides what it will run.

rule python_decoded_exec {
    meta:
        title = "Decodes a literal and executes it (Python)"
        severity = "high"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1140/"
        remediation = "Ship the code as source."
    strings:
        $direct = /\b(exec|eval)\s{0,3}\(\s{0,4}(compile\(\s{0,4})?(__import__\(\s{0,2}['"](base64|zlib|marshal|codecs|gzip|lzma|bz2)['"]\s{0,2}\)|base64|zlib|marshal|codecs|gzip|lzma|bz2)\s{0,2}\.\s{0,2}(b64decode|b32decode|b16decode|b85decode|a85decode|decompress|loads|decode)\s{0,2}\(/
        $nested = /\b(exec|eval)\s{0,3}\(\s{0,4}(zlib|gzip|lzma|bz2)\.decompress\(\s{0,4}(base64\.)?b(64|85|32)decode\(/
        $bare = /\bexec\s{0,3}\(\s{0,4}b64decode\(\s{0,4}b?['"][A-Za-z0-9+\/=]{40,}/
        $lambda = /exec\(\(_\)\(b?['"]/
        $fernet = /exec\(\s{0,4}Fernet\(\s{0,4}b?['"][A-Za-z0-9_=-]{40,}['"]\s{0,4}\)\.decrypt\(/
        $hexed = /exec\(\s{0,4}bytes\.fromhex\(\s{0,4}['"][0-9a-fA-F]{40,}/
        $reversed = /exec\(\s{0,4}['"][^'"\n]{20,}['"]\[::-1\]\s{0,4}\)/
    condition:
        filesize < 20MB and any of them
}

rule javascript_decoded_eval {
    meta:
        title = "Decodes a literal and evaluates it (JavaScript)"
        severity = "high"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1140/"
        remediation = "Ship the code as source."
    strings:
        $atob = /\b(eval|Function|setTimeout|execScript)\s{0,3}\(\s{0,4}(window\.|globalThis\.|self\.)?atob\s{0,2}\(\s{0,4}['"`][A-Za-z0-9+\/=]{16,}/
        $buffer = /\b(eval|Function)\s{0,3}\(\s{0,4}(new )?Buffer(\.from)?\(\s{0,4}['"`][A-Za-z0-9+\/=]{16,}['"`]\s{0,4},\s{0,4}['"`](base64|hex)['"`]/
        $charcodes = /\beval\s{0,3}\(\s{0,4}String\.fromCharCode\(\s{0,4}[0-9]{1,3}(\s{0,2},\s{0,2}[0-9]{1,3}){12,}/
        $unescape = /\beval\s{0,3}\(\s{0,4}(unescape|decodeURIComponent)\(\s{0,4}['"`](%[0-9a-fA-F]{2}){12,}/
        $constructor = /\[\s{0,2}['"]constructor['"]\s{0,2}\]\s{0,2}\(\s{0,4}atob\(/
        $compile = /\._compile\(\s{0,4}(Buffer\.from\(\s{0,4}['"`][A-Za-z0-9+\/=]{16,}|atob\()/
    condition:
        filesize < 20MB and any of them
}

rule invisible_code_loader {
    meta:
        title = "Decodes invisible characters and evaluates them"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1027/"
        remediation = "Remove the code and the invisible characters."
    strings:
        $range1 = "0xFE00" nocase
        $range2 = "0xE0100" nocase
        $point = "codePointAt("
        $eval1 = /\beval\s{0,2}\(/
        $eval2 = "new Function("
        $eval3 = "._compile("
    condition:
        filesize < 5MB and $point and $range1 and $range2 and any of ($eval*)
}

rule aes_encrypted_loader {
    meta:
        title = "Decrypts a payload with a key from the package and runs it"
        severity = "critical"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1140/"
        remediation = "Ship the code as source."
    strings:
        $cipher1 = /createDecipher(iv)?\(\s{0,4}['"]aes/
        $run1 = "._compile("
        $run2 = /\beval\(\s{0,4}\w{1,20}\.(update|toString|final)\(/
        $run3 = /new Function\(\s{0,4}\w{1,20}\.(update|toString|final)\(/
        $key1 = "npm_package_description"
        $key2 = "process.env.npm_"
        $key3 = "require('./test/data')"
    condition:
        filesize < 1MB and $cipher1 and any of ($run*) and (any of ($key*) or $run2 or $run3)
}

rule javascript_string_array_obfuscator {
    meta:
        title = "Passed through an obfuscator that rotates an array of strings"
        severity = "medium"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1027/"
        remediation = "Submit the code as it was written; minified is enough to make it small."
    strings:
        $rotate = /while\s{0,2}\(!!\[\]\)\s{0,2}\{\s{0,4}try\s{0,2}\{/
        $rotate2 = /\['push'\]\(\w{1,16}\['shift'\]\(\)\)/
        $rotate3 = /\.push\(_0x[0-9a-f]{4,8}\.shift\(\)\)/
        $name = /\b_0x[0-9a-f]{4,8}\b/
    condition:
        filesize < 20MB and ($rotate2 or $rotate3 or $rotate) and #name > 20
}

rule powershell_cradle {
    meta:
        title = "PowerShell that downloads and runs code in memory"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1059/001/"
        remediation = "Remove the command; ship what has to run with the package."
    strings:
        $iex1 = /\b(IEX|Invoke-Expression)\s{0,4}[\s(&$]{0,6}(New-Object\s{1,4}(System\.)?Net\.WebClient|iwr\b|irm\b|Invoke-WebRequest|Invoke-RestMethod)/ nocase
        $iex2 = /\.DownloadString\([^)\n]{4,300}\)\s{0,4}\)?\s{0,4}\|\s{0,4}(IEX|Invoke-Expression)/ nocase
        $iex3 = /\b(iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\s[^|\n]{4,300}\|\s{0,4}(iex|Invoke-Expression)\b/ nocase
        $enc = /powershell(\.exe)?['"]?\s[^\n]{0,80}-(e|ec|enc|enco|encodedcommand)\s{1,4}['"]?[A-Za-z0-9+\/=]{60,}/ nocase
        $hidden = /powershell(\.exe)?\s[^\n]{0,80}-w(indowstyle)?\s{1,3}(hidden|1)\s[^\n]{0,160}(DownloadString|DownloadFile|FromBase64String|iwr |Invoke-WebRequest)/ nocase
    condition:
        filesize < 5MB and any of them
}

rule powershell_reflection_loader {
    meta:
        title = "PowerShell that loads a program from memory or switches the malware scan off"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1620/"
        remediation = "Remove the code."
    strings:
        $amsi1 = "AmsiUtils"
        $amsi2 = "amsiInitFailed"
        $amsi3 = "AmsiScanBuffer"
        $patch = "VirtualProtect"
        $load = /\[(System\.)?Reflection\.Assembly\]::Load\(\s{0,4}\[(System\.)?Convert\]::FromBase64String\(/ nocase
    condition:
        filesize < 5MB and uint16(0) != 0x5A4D and (($amsi1 and $amsi2) or ($amsi3 and $patch) or $load)
}

rule script_dropper {
    meta:
        title = "Windows script that downloads a file and runs it"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1105/"
        remediation = "Remove the script."
    strings:
        $http1 = "MSXML2.XMLHTTP" nocase
        $http2 = "MSXML2.ServerXMLHTTP" nocase
        $http3 = "WinHttp.WinHttpRequest" nocase
        $http4 = "Microsoft.XMLHTTP" nocase
        $save = "SaveToFile" nocase
        $run1 = "WScript.Shell" nocase
        $run2 = "Shell.Application" nocase
        $run3 = "ShellExecute" nocase
    condition:
        filesize < 5MB and any of ($http*) and $save and any of ($run*)
}

rule office_macro_dropper {
    meta:
        title = "Macro that runs on opening and starts a program"
        severity = "high"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1137/"
        remediation = "Remove the macro."
    strings:
        $auto1 = /Sub\s{1,4}(Auto_?Open|Document_?Open|Workbook_Open|AutoExec)\b/ nocase
        $run1 = "WScript.Shell" nocase
        $run2 = "URLDownloadToFile" nocase
        $run3 = /\bShell\s{0,3}\(?\s{0,3}"(cmd|powershell|mshta|wscript|rundll32)/ nocase
        $run4 = "MSXML2.XMLHTTP" nocase
    condition:
        filesize < 10MB and $auto1 and any of ($run*)
}

rule hidden_build_step {
    meta:
        title = "Build step that cuts code out of a data file and runs it"
        severity = "critical"
        confidence = "medium"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2024-3094"
        remediation = "Remove the step: what a build runs must be readable source."
    strings:
        $cut1 = /(head|tail) -c \+?[0-9]{2,8}[^\n]{0,400}\|\s{0,3}(xz|gzip|bzip2|lzma|zstd)\s{1,3}-[a-z]{0,4}d[a-z]{0,4}[^\n]{0,60}\|\s{0,3}(\/bin\/)?(ba)?sh\b/
        $cut2 = /(xz|gzip|bzip2|lzma) -[a-z]{0,4}d[a-z]{0,4}[^\n]{0,200}\|\s{0,3}tail -c \+?[0-9]{2,8}[^\n]{0,200}\|\s{0,3}(\/bin\/)?(ba)?sh\b/
        $shift = /\|\s{0,3}tr ["'][^\n]{8,40}["'] ["'][^\n]{8,40}["']\s{0,3}\|\s{0,3}(xz|gzip|bzip2|lzma) -[a-z]{0,4}d/
        $data = /(cat|sed|grep)\s[^\n|]{0,120}(tests?|fixtures|data)\/[^\n|]{1,80}\.(xz|lzma|bin|dat|png|jpg|gz)\b[^\n]{0,200}\|\s{0,3}(\/bin\/)?(ba)?sh\b/
    condition:
        filesize < 5MB and any of them
}

rule go_hidden_command {
    meta:
        title = "A Go program starts a shell with a command put together from pieces"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1027/"
        remediation = "Write the command as it is, and start programs without a shell."
    strings:
        $joined = /exec\.Command(Context)?\([^\n]{0,40}"(\/bin\/)?(sh|bash|cmd|cmd\.exe|powershell)",\s{0,3}"(-c|\/c|\/C|-Command)",\s{0,3}strings\.Join\([^\n]{1,60},\s{0,3}""\)/
        $picked = /exec\.Command(Context)?\([^\n]{0,40}"(\/bin\/)?(sh|bash|cmd|cmd\.exe|powershell)",\s{0,3}"(-c|\/c|\/C|-Command)",\s{0,3}\w{1,20}\[\d{1,3}\]\s{0,2}\+\s{0,2}\w{1,20}\[\d{1,3}\]/
        $first = /\b(shell|cmd|command)\w{0,6}\s{0,2}:?=\s{0,2}\w{1,20}\[\d{1,3}\]\s{0,2}\+\s{0,2}\w{1,20}\[\d{1,3}\]\s{0,2}\+\s{0,2}\w{1,20}\[\d{1,3}\]/ nocase
        $command = "exec.Command("
        $package = /(^|\n)package \w/
    condition:
        filesize < 1MB and $package and ($joined or $picked or ($first and $command))
}
