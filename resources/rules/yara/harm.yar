// What is done to the machine once it runs.

rule coin_miner {
    meta:
        title = "Mines cryptocurrency, or starts a program that does"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1496/"
        remediation = "Remove the miner."
    strings:
        $pool1 = /stratum\+(tcp|ssl|tls):\/\//
        $pool2 = "minexmr.com"
        $pool3 = "supportxmr.com"
        $pool4 = "pool.hashvault.pro"
        $pool5 = "moneroocean.stream"
        $miner1 = "xmrig" nocase
        $miner2 = "donate-level"
        $miner3 = "cryptonight" nocase
        $miner4 = "randomx" nocase
        $miner5 = "--cpu-priority"
        $miner6 = "mining.subscribe"
        $web1 = "coinhive.min.js"
        $web2 = "CoinHive.Anonymous("
        $web3 = "coin-hive.com/lib"
        $web4 = "CryptoLoot.Anonymous("
        $web5 = "webminerpool.com"
    condition:
        filesize < 50MB and ((any of ($pool*) and any of ($miner*)) or any of ($web*))
}

rule defender_tampering {
    meta:
        title = "Switches the virus protection of Windows off or hides from it"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1562/001/"
        remediation = "Remove the command."
    strings:
        $off1 = /Set-MpPreference\s[^\n]{0,60}-Disable(RealtimeMonitoring|BehaviorMonitoring|IOAVProtection|ScriptScanning)\s{1,3}(\$true|1)/ nocase
        $off2 = /Add-MpPreference\s[^\n]{0,40}-Exclusion(Path|Process|Extension)/ nocase
        $off3 = /sc(\.exe)?\s{1,3}(stop|delete|config)\s{1,3}WinDefend/ nocase
        $off4 = /reg(\.exe)?\s{1,3}add\s[^\n]{0,120}DisableAntiSpyware/ nocase
    condition:
        filesize < 10MB and any of them
}

rule backup_destruction {
    meta:
        title = "Deletes backups, as ransomware does before it encrypts"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1490/"
        remediation = "Remove the command."
    strings:
        $a = /vssadmin(\.exe)?['",\s]{1,6}delete['",\s]{1,6}shadows/ nocase
        $b = /wmic(\.exe)?['",\s]{1,6}shadowcopy['",\s]{1,6}delete/ nocase
        $c = /bcdedit(\.exe)?\s[^\n]{0,40}recoveryenabled\s{1,3}no/ nocase
        $d = /wbadmin(\.exe)?\s{1,3}delete\s{1,3}(catalog|systemstatebackup)/ nocase
    condition:
        filesize < 50MB and any of them
}

rule disk_wiper {
    meta:
        title = "Deletes or overwrites the user's files or the disk"
        severity = "critical"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1485/"
        remediation = "Remove the command."
    strings:
        $rm1 = /rm\s{1,3}-[a-zA-Z]{0,4}(rf|fr)[a-zA-Z]{0,4}\s{1,3}(--no-preserve-root\s{1,3}\/|\/\*|~\/?\s{0,2}['"`;&\n]|\$HOME\/?\s{0,2}['"`;&\n]|\/home\/\*)/
        $rm2 = /--no-preserve-root\s{1,3}-[a-z]{0,3}r/
        $dd = /dd\s{1,3}if=\/dev\/(zero|urandom)\s{1,3}of=\/dev\/(sd[a-z]|nvme|vd[a-z]|hd[a-z]|disk)/
        $py = /shutil\.rmtree\(\s{0,4}(os\.path\.expanduser\(\s{0,2}['"]~\/?['"]\s{0,2}\)|Path\.home\(\)|['"]\/['"])\s{0,4}[,)]/
        $js = /(rmSync|rmdirSync|rm|rimraf)\(\s{0,4}(os\.homedir\(\)|['"]\/['"])\s{0,4}[,)]/
        $win = /(rd|rmdir|del)\s{1,3}(\/[sqf]\s{1,3}){1,3}(%USERPROFILE%|C:\\\s{0,2}['"\n]|C:\\\*|C:\\Users\s)/ nocase
    condition:
        filesize < 1MB and any of them
}

rule protest_wiper {
    meta:
        title = "Asks where the machine is and destroys files in certain countries"
        severity = "critical"
        confidence = "medium"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2022-23812"
        remediation = "Remove the code."
    strings:
        $where1 = "api.ipgeolocation.io"
        $where2 = "ip-api.com/json"
        $where3 = "ipinfo.io/json"
        $where4 = "ipapi.co/"
        $country = /(russia|belarus|china|iran|israel|ukraine|country_?(name|code)?["']?\]?\s{0,2}(===?|in))/ nocase
        $harm1 = "writeFileSync("
        $harm2 = "fs.writeFile("
        $harm3 = "unlinkSync("
        $harm4 = "rmSync("
        $harm5 = "shutil.rmtree("
        $walk1 = "readdirSync("
        $walk2 = "fs.readdir("
        $walk3 = "os.walk("
    condition:
        filesize < 500KB and any of ($where*) and $country and any of ($harm*) and any of ($walk*)
}

rule autostart_registry {
    meta:
        title = "Script that starts itself with Windows through the registry"
        severity = "high"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1547/001/"
        remediation = "Remove the entry, or ask the user first and declare it."
    strings:
        $key = /Software\\{1,2}Microsoft\\{1,2}Windows\\{1,2}CurrentVersion\\{1,2}Run(Once)?\b/ nocase
        $write1 = "SetValueEx("
        $write2 = /reg(\.exe)?['",\s]{1,6}add\b/ nocase
        $write3 = "RegWrite" nocase
        $write4 = "Set-ItemProperty" nocase
        $write5 = "New-ItemProperty" nocase
        $what1 = "sys.argv[0]"
        $what2 = "__file__"
        $what3 = /powershell/ nocase
        $what4 = "wscript" nocase
        $what5 = "mshta" nocase
        $what6 = "%APPDATA%" nocase
        $what7 = "process.execPath"
        $what8 = "__filename"
        $what9 = "pythonw"
        $what10 = "sys.executable"
        $what11 = "$env:APPDATA" nocase
    condition:
        filesize < 1MB and uint16(0) != 0x5A4D and $key and any of ($write*) and any of ($what*)
}

rule autostart_unix {
    meta:
        title = "Installs a download to run again and again by itself"
        severity = "critical"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1053/003/"
        remediation = "Remove the job."
    strings:
        $cron1 = /\*(\/[0-9]{1,2})? \* \* \* \*[^\n]{0,120}(curl|wget)[^\n]{0,160}\|\s{0,3}(ba)?sh\b/
        $cron2 = /(echo|printf)[^\n]{0,200}(curl|wget|base64 -d)[^\n]{0,200}\|\s{0,3}crontab\b/
        $rc = /echo\s[^\n]{0,200}(curl|wget|base64 -d|python3? -c)[^\n]{0,200}>>\s{0,3}(~|\$HOME)\/\.(bashrc|profile|zshrc|bash_profile)/
        $keys = /echo\s{1,3}['"]?ssh-(rsa|ed25519) [^\n]{20,}>>\s{0,3}[^\n]{0,40}\.ssh\/authorized_keys/
        $agent = /Library\/LaunchAgents[^\n]{0,400}(curl|osascript|base64)/
    condition:
        filesize < 1MB and any of them
}

rule analysis_evasion {
    meta:
        title = "Looks for analysts' tools and virtual machines, and stops or kills them"
        severity = "high"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1497/"
        remediation = "Remove the checks: an honest app runs the same everywhere."
    strings:
        $t1 = "wireshark" nocase
        $t2 = "processhacker" nocase
        $t3 = "ollydbg" nocase
        $t4 = "x64dbg" nocase
        $t5 = "httpdebugger" nocase
        $t6 = "fiddler" nocase
        $t7 = "vboxservice" nocase
        $t8 = "vmtoolsd" nocase
        $t9 = "procmon" nocase
        $t10 = "ida64" nocase
        $t11 = "joeboxserver" nocase
        $act1 = "taskkill" nocase
        $act2 = "sys.exit("
        $act3 = "process.exit("
        $act4 = "os._exit("
        $act5 = "proc.kill("
        $act6 = "TerminateProcess"
    condition:
        filesize < 10MB and 4 of ($t*) and any of ($act*)
}

rule wallet_transaction_hijack {
    meta:
        title = "Replaces the receiver of cryptocurrency payments in the page"
        severity = "critical"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1565/002/"
        remediation = "Remove the code."
    strings:
        $hook1 = /window\.fetch\s{0,2}=\s{0,2}(async\s)?(function|\()/
        $hook2 = "XMLHttpRequest.prototype.open"
        $hook3 = "ethereum.request"
        $eth1 = "eth_sendTransaction"
        $eth2 = "signAndSendTransaction"
        $abi1 = "0x095ea7b3"
        $abi2 = "0xa9059cbb"
        $abi3 = "0xd505accf"
        $many = /0x[0-9a-fA-F]{40}['"]\s{0,2},\s{0,4}['"]0x[0-9a-fA-F]{40}['"]\s{0,2},\s{0,4}['"]0x[0-9a-fA-F]{40}/
        $name1 = "stealthProxyControl"
        $name2 = "checkethereumw"
    condition:
        filesize < 5MB and (any of ($name*) or (2 of ($hook*) and any of ($eth*) and any of ($abi*) and $many))
}
