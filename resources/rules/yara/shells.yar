// Ways in: shells for somebody far away.

rule python_reverse_shell {
    meta:
        title = "Connects out and hands a shell to the other side (Python)"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1059/006/"
        remediation = "Remove the code: an app gives nobody a shell."
    strings:
        $dup = /os\.dup2\(\s{0,4}\w{1,16}\.fileno\(\)/
        $pty = "pty.spawn("
        $shell1 = "/bin/sh"
        $shell2 = "/bin/bash"
        $shell3 = "cmd.exe"
        $net1 = /\.connect\(\s{0,4}\(/
        $net2 = "socket.create_connection("
        $loop = /subprocess\.(Popen|check_output|run|getoutput)\([^)\n]{0,80}\.recv\(/
        $relay = /\.send(all)?\(\s{0,4}subprocess\.(check_output|getoutput)\(/
    condition:
        filesize < 500KB and any of ($net*) and (($dup and any of ($shell*)) or ($pty and any of ($shell*) and $dup) or $loop or $relay)
}

rule node_reverse_shell {
    meta:
        title = "Connects out and hands a shell to the other side (Node.js)"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1059/007/"
        remediation = "Remove the code: an app gives nobody a shell."
    strings:
        $net1 = "net.Socket("
        $net2 = "net.connect("
        $net3 = "net.createConnection("
        $net4 = "require('net')"
        $net5 = "require(\"net\")"
        $shell = /spawn\(\s{0,4}['"](\/bin\/)?(sh|bash|cmd|cmd\.exe|powershell(\.exe)?)['"]/
        $pipe1 = /\.pipe\(\s{0,4}\w{1,16}\.stdin\s{0,4}\)/
        $pipe2 = /\.stdout\.pipe\(\s{0,4}\w{1,16}\s{0,4}\)/
        $relay = /exec\(\s{0,4}\w{1,16}\.toString\(\)/
    condition:
        filesize < 500KB and any of ($net*) and (($shell and all of ($pipe*)) or $relay)
}

rule shell_reverse_shell {
    meta:
        title = "Connects out and hands a shell to the other side (command line)"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1059/004/"
        remediation = "Remove the command: an app gives nobody a shell."
    strings:
        $tcp1 = /bash -i\s{0,3}(>|&|<)[^\n]{0,24}\/dev\/(tcp|udp)\//
        $tcp2 = /exec\s{1,3}[0-9]{1,3}<>\s{0,2}\/dev\/tcp\//
        $nc = /\b(nc|ncat|netcat)(\.exe|\.traditional)?\s[^\n]{0,60}-[a-z]{0,4}(e|c)\s{1,3}['"]?(\/bin\/(ba)?sh|cmd|powershell)/
        $fifo = /mkfifo\s[^\n]{1,80}\|\s{0,3}(\/bin\/)?(ba)?sh\s[^\n]{0,80}\|\s{0,3}(nc|ncat|openssl)\b/
        $socat = /socat\s[^\n]{0,80}exec:['"]?(\/bin\/)?(ba)?sh/ nocase
        $perl = /perl\s[^\n]{0,20}-e\s[^\n]{0,120}use Socket;[^\n]{0,400}exec\s{0,2}[{(]?['"]\/bin\/(ba)?sh/
        $ps1 = /New-Object (System\.)?Net\.Sockets\.TCPClient\([^\n]{0,400}(iex|Invoke-Expression)/ nocase
    condition:
        filesize < 2MB and any of them
}

rule php_webshell {
    meta:
        title = "Runs what a web request says (PHP)"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        remediation = "Remove the file: requests must never become code or commands."
    strings:
        $eval1 = /\b(eval|assert)\s{0,3}\(\s{0,3}(base64_decode|gzinflate|str_rot13|gzuncompress|stripslashes)?\s{0,2}\(?\s{0,3}(base64_decode\s{0,2}\(\s{0,3})?\$_(POST|GET|REQUEST|COOKIE|SERVER)\b/
        $exec1 = /\b(system|passthru|shell_exec|proc_open|popen|pcntl_exec)\s{0,3}\(\s{0,3}(base64_decode\s{0,2}\(\s{0,3})?\$_(POST|GET|REQUEST|COOKIE|SERVER)\b/
        $call1 = /\$_(POST|GET|REQUEST|COOKIE)\s{0,2}\[[^\]\n]{1,40}\]\s{0,2}\(\s{0,3}\$_(POST|GET|REQUEST|COOKIE)\b/
        $func1 = /create_function\s{0,2}\([^,\n]{0,40},\s{0,3}\$_(POST|GET|REQUEST|COOKIE)\b/
        $preg1 = /preg_replace\s{0,2}\(\s{0,3}['"]\/[^'"\n]{0,60}\/e['"]\s{0,2},\s{0,3}\$_(POST|GET|REQUEST|COOKIE)\b/
    condition:
        filesize < 2MB and any of them
}

rule jsp_webshell {
    meta:
        title = "Runs what a web request says (Java server page)"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        remediation = "Remove the file: requests must never become commands."
    strings:
        $direct = /getRuntime\(\)\s{0,3}\.exec\(\s{0,3}request\.getParameter\(/
        $page = "<%"
        $exec = "getRuntime().exec("
        $builder = "new ProcessBuilder("
        $parameter = /request\.getParameter\(\s{0,3}"(cmd|c|command|exec|pwd|i)"/
    condition:
        filesize < 500KB and ($direct or ($page and $parameter and ($exec or $builder)))
}

rule asp_webshell {
    meta:
        title = "Runs what a web request says (ASP)"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        remediation = "Remove the file: requests must never become code."
    strings:
        $eval1 = /(eval|execute|executeglobal)\s{0,2}\(?\s{0,2}request(\.(item|form|querystring))?\s{0,2}[\[(]\s{0,2}["'][^"'\n]{1,40}["']\s{0,2}[\])]/ nocase
        $eval2 = /,\s{0,2}["']unsafe["']\s{0,2}\)/
        $page = "<%"
    condition:
        filesize < 500KB and $page and ($eval1 or ($eval2 and $eval1))
}

rule python_web_command {
    meta:
        title = "Web route that runs what the request says (Python)"
        severity = "high"
        confidence = "medium"
        reference = "CWE-78"
        remediation = "Remove the route; a fixed list of actions replaces free commands."
    strings:
        $run = /(os\.(system|popen)|subprocess\.(Popen|run|check_output|getoutput|call))\(\s{0,4}request\.(args|form|values|json|data|get_json|headers|cookies)/
        $eval = /\b(eval|exec)\(\s{0,4}request\.(args|form|values|json|data|get_json|headers|cookies)/
    condition:
        filesize < 1MB and any of them
}
