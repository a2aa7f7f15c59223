// Programs that collect what belongs to somebody else and send it away.

rule discord_token_theft {
    meta:
        title = "Reads Discord's local storage and picks login tokens out of it"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1528/"
        remediation = "Remove the code: no app needs another program's login tokens."
    strings:
        $store = /Local Storage[\\\/]{1,4}leveldb/
        $client1 = "discordcanary"
        $client2 = "discordptb"
        $client3 = "Lightcord"
        $client4 = "\\Discord"
        $token1 = "[\\w-]{24}"
        $token2 = "mfa\\.[\\w-]"
        $token3 = "dQw4w9WgXcQ:"
        $token4 = "[\\w-]{26}"
    condition:
        $store and any of ($client*) and any of ($token*)
}

rule browser_password_theft {
    meta:
        title = "Decrypts the passwords that browsers keep"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1555/003/"
        remediation = "Remove the code that opens the password stores of browsers."
    strings:
        $store1 = "Login Data"
        $store2 = "logins.json"
        $column = "password_value"
        $key1 = "CryptUnprotectData"
        $key2 = "os_crypt"
        $key3 = "PK11SDR_Decrypt"
        $key4 = "DPAPI" fullword
        $key5 = "Chrome Safe Storage"
    condition:
        filesize < 5MB and uint16(0) != 0x5A4D and any of ($store*) and any of ($key*) and ($column or #store1 + #store2 > 1)
        and ($column or ($key1 and $key2) or $key3 or $key5)
}

rule browser_cookie_theft {
    meta:
        title = "Reads the cookies of installed browsers from disk and sends data away"
        severity = "high"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1539/"
        remediation = "Remove the code that opens the cookie stores of browsers."
    strings:
        $store1 = "encrypted_value"
        $store2 = "moz_cookies"
        $store3 = "cookies.sqlite"
        $place1 = /User Data[\\\/]{1,4}Default/
        $place2 = "Google/Chrome"
        $place3 = "\\Google\\Chrome"
        $place4 = "Mozilla/Firefox"
        $place5 = "BraveSoftware"
        $send1 = "requests.post("
        $send2 = "urlopen("
        $send3 = "https.request("
        $send4 = "axios.post("
        $send5 = "fetch(\"http"
        $send6 = "fetch('http"
        $send7 = "api/webhooks"
        $send8 = "api.telegram.org"
    condition:
        filesize < 5MB and any of ($store*) and any of ($place*) and any of ($send*)
}

rule wallet_theft {
    meta:
        title = "Looks for the files of several cryptocurrency wallets"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1657/"
        remediation = "Remove the code that searches for wallets of the user."
    strings:
        $w1 = /Exodus[\\\/]{1,4}exodus\.wallet/
        $w2 = /Electrum[\\\/]{1,4}wallets/
        $w3 = /atomic[\\\/]{1,4}Local Storage/
        $w4 = /Ethereum[\\\/]{1,4}keystore/
        $w5 = "nkbihfbeogaeaoehlefnkodbefgpgknn"
        $w6 = /Coinomi[\\\/]{1,4}Coinomi/
        $w7 = /Guarda[\\\/]{1,4}Local Storage/
        $w8 = "bfnaelmomeimhlpmgjnjophhpkkoljpa"
        $w9 = "fhbohimaelbohpjbbldcngcnapndodjp"
        $w10 = /Zcash[\\\/]{1,4}wallet/
        $w11 = "com.liberty.jaxx"
        $w12 = "hnfanknocfeofbddgcijnmhnfnkdnaad"
        $w13 = /\.config[\\\/]{1,4}solana[\\\/]{1,4}id\.json/
    condition:
        filesize < 5MB and 3 of them
}

rule clipboard_address_swap {
    meta:
        title = "Watches the clipboard for cryptocurrency addresses"
        severity = "critical"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1115/"
        remediation = "Remove the code that reads or replaces the clipboard."
    strings:
        $clip1 = "pyperclip.paste"
        $clip2 = "clipboard.readText"
        $clip3 = "GetClipboardData"
        $clip4 = "clipboardy.read"
        $clip5 = "Get-Clipboard"
        $clip6 = "xclip -o"
        $coin1 = "[13][a-km-zA-HJ-NP-Z1-9]"
        $coin2 = "bc1[a-z"
        $coin3 = "0x[a-fA-F0-9]{40}"
        $coin4 = "[LM3][a-km-zA-HJ-NP-Z1-9]"
        $coin5 = "4[0-9AB][1-9A-HJ-NP-Za-km-z]"
    condition:
        filesize < 5MB and any of ($clip*) and any of ($coin*)
}

rule webhook_exfiltration {
    meta:
        title = "Sends facts about the machine or its user to a chat webhook"
        severity = "high"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1567/"
        remediation = "Remove the call, or declare what is sent, to whom and with whose consent."
    strings:
        $hook1 = /discord(app)?\.com\/api\/webhooks\/[0-9]{5,}/
        $hook2 = /api\.telegram\.org\/bot[0-9]{6,}:/
        $hook3 = /hooks\.slack\.com\/services\/T[0-9A-Z]{6,}/
        $fact1 = "os.environ"
        $fact2 = "process.env"
        $fact3 = "os.hostname()"
        $fact4 = "socket.gethostname"
        $fact5 = "getpass.getuser"
        $fact6 = "os.homedir()"
        $fact7 = "platform.node("
        $fact8 = "os.getlogin"
        $fact9 = "document.cookie"
        $fact10 = "os.userInfo"
        $fact11 = "api.ipify.org"
        $fact12 = "ImageGrab.grab"
        $fact13 = "readFileSync("
        $fact14 = "$(whoami)"
        $fact15 = "$(hostname)"
    condition:
        filesize < 2MB and any of ($hook*) and any of ($fact*)
}

rule environment_exfiltration {
    meta:
        title = "Serialises the whole environment, where secrets live, and sends it away"
        severity = "critical"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1552/"
        remediation = "Read only the variables that are needed, and send none of them."
    strings:
        $env1 = /JSON\.stringify\(\s{0,4}process\.env\s{0,4}[,)]/
        $env2 = /dumps\(\s{0,4}dict\(\s{0,4}os\.environ\s{0,4}\)/
        $env3 = /(json|data)\s{0,2}=\s{0,2}dict\(\s{0,4}os\.environ\s{0,4}\)/
        $env4 = /(data|body)\s{0,2}[:=]\s{0,2}\{?\s{0,4}(\.\.\.)?process\.env\s{0,4}[,;})]/
        $env5 = /env\s{0,2}\|\s{0,2}(base64|curl|nc)\b/
        $env6 = /os\.environ\.copy\(\)\)\.encode/
        $env7 = /(dump|generate|encode64|inspect|encode)\(?\s{0,2}ENV\.(to_h|to_hash|to_a|inspect)\b/
        $env8 = /\bENV\.(to_h|to_hash|to_a|map|each)\b[^\n]{0,120}\b(to_json|encode64|inspect|join)\b/
        $env9 = /(Marshal|Join|EncodeToString|NewReader)\([^\n]{0,40}\bos\.Environ\(\)/
        $send1 = "requests.post("
        $send2 = "urlopen("
        $send3 = /https?\.request\(/
        $send4 = "axios.post("
        $send5 = "fetch("
        $send6 = "curl -"
        $send7 = "sendBeacon("
        $send8 = "dns.resolve"
        $send9 = "http.client"
        $send10 = /Net::HTTP\.(post|new|get|start)/
        $send11 = /\b(Faraday|RestClient|HTTParty)\.(post|get|new)\b/
        $send12 = /\bhttp\.(Post|PostForm|NewRequest)\(/
    condition:
        filesize < 500KB and any of ($env*) and any of ($send*)
}

rule callback_beacon {
    meta:
        title = "Reports the machine it runs on to a service made for catching such calls"
        severity = "high"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1195/002/"
        remediation = "Remove the call; a test of the supply chain has no place in a submission."
    strings:
        $service1 = ".burpcollaborator.net"
        $service2 = ".oastify.com"
        $service3 = ".oast."
        $service4 = ".interact.sh"
        $service5 = "webhook.site/"
        $service6 = ".m.pipedream.net"
        $service7 = ".requestbin."
        $service8 = ".dnslog.cn"
        $service9 = ".ngrok-free.app"
        $service10 = ".ngrok.io"
        $fact1 = "os.hostname()"
        $fact2 = "gethostname("
        $fact3 = "process.env"
        $fact4 = "os.environ"
        $fact5 = "whoami"
        $fact6 = "homedir()"
        $fact7 = "userInfo()"
        $fact8 = "getuser("
        $fact9 = "__dirname"
        $fact10 = "uname -a"
    condition:
        filesize < 500KB and any of ($service*) and any of ($fact*)
}

rule ssh_key_theft {
    meta:
        title = "Reads private SSH or cloud keys and sends data away"
        severity = "critical"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1552/004/"
        remediation = "Remove the code that reads the user's keys."
    strings:
        $key1 = ".ssh/id_rsa"
        $key2 = ".ssh/id_ed25519"
        $key3 = /['"]\.ssh['"],\s{0,4}['"]id_(rsa|ed25519)['"]/
        $key4 = ".ssh\\id_rsa"
        $send1 = "requests.post("
        $send2 = /urlopen\([^)\n]{0,200}data/
        $send3 = /https?\.request\(/
        $send4 = "axios.post("
        $send5 = /fetch\(\s{0,4}['"`]http/
        $send6 = /curl [^\n]{0,120}(-d|-F|-T|--data|--data-binary|--upload-file)[ =]?['"]?[^\n]{0,10}@/
        $send7 = "api/webhooks"
        $send8 = "api.telegram.org"
    condition:
        filesize < 500KB and any of ($key*) and any of ($send*)
}

rule python_keylogger {
    meta:
        title = "Records what is typed and stores or sends it"
        severity = "high"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1056/001/"
        remediation = "Remove the recorder, or declare it and ask for consent on screen."
    strings:
        $hook1 = "from pynput.keyboard import"
        $hook2 = "from pynput import keyboard"
        $hook3 = "pynput.keyboard.Listener"
        $hook4 = "pyHook.HookManager"
        $hook5 = "keyboard.on_release("
        $hook6 = "SetWindowsHookExA"
        $press = "on_press"
        $send1 = "smtplib"
        $send2 = "requests.post("
        $send3 = "urlopen("
        $send4 = "api/webhooks"
        $send5 = "api.telegram.org"
        $send6 = "socket.socket("
    condition:
        filesize < 1MB and any of ($hook*) and ($press or $hook4 or $hook5 or $hook6) and any of ($send*)
}

rule browser_keylogger {
    meta:
        title = "Page script that sends keystrokes or form fields to another host"
        severity = "high"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1056/001/"
        remediation = "Remove the listener, or keep what it sees on the page."
    strings:
        $listen = /addEventListener\(\s{0,4}['"](keydown|keypress|keyup)['"]/
        $hold = /\b(keys|buffer|log|typed|keystrokes|data)\s{0,2}\+=\s{0,2}\w{1,8}\.(key|code|which)\b/
        $send1 = /sendBeacon\(\s{0,4}['"]https?:/
        $send2 = /fetch\(\s{0,4}['"`]https?:/
        $send3 = /new Image\(\)\.src\s{0,2}=\s{0,2}['"`]https?:/
        $send4 = /\.src\s{0,2}=\s{0,2}['"`]https?:\/\/[^'"`\n]{1,200}\?/
        $send5 = /new WebSocket\(\s{0,4}['"`]wss?:/
    condition:
        filesize < 200KB and $listen and $hold and any of ($send*)
}

rule payment_form_skimmer {
    meta:
        title = "Collects payment card fields and sends them encoded to another host"
        severity = "critical"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1185/"
        remediation = "Remove the code: card data goes to the payment provider only."
    strings:
        $card1 = /querySelector(All)?\([^)\n]{0,80}(cc[-_]?num|card[-_]?num|cardnumber|cvv|cvc)/ nocase
        $card2 = /getElementById\(['"][^'"\n]{0,40}(cc[-_]?num|card[-_]?num|cvv|cvc)/ nocase
        $encode1 = "btoa("
        $encode2 = "JSON.stringify("
        $send1 = /new Image\(\)\.src\s{0,2}=/
        $send2 = /sendBeacon\(\s{0,4}(['"`]https?:|atob\()/
        $send3 = /fetch\(\s{0,4}(['"`]https?:|atob\()/
    condition:
        filesize < 500KB and any of ($card*) and any of ($encode*) and any of ($send*)
}

rule extension_cookie_theft {
    meta:
        title = "Browser extension that reads all cookies and sends them to a server"
        severity = "critical"
        confidence = "medium"
        reference = "https://attack.mitre.org/techniques/T1539/"
        remediation = "Ask for the cookies of the app's own site only, and keep them in the browser."
    strings:
        $read1 = /(chrome|browser)\.cookies\.getAll\(\s{0,4}\{\s{0,4}\}/
        $read2 = /(chrome|browser)\.cookies\.getAll\(\s{0,4}\{\s{0,4}domain\s{0,2}:\s{0,2}['"]\.?(facebook|google|github|coinbase|binance|openai|x)\.com/
        $send1 = /fetch\(\s{0,4}['"`]https?:[^)]{0,300}(POST|body)/
        $send2 = "XMLHttpRequest"
        $send3 = "sendBeacon("
        $send4 = "new WebSocket("
        $send5 = "axios.post("
    condition:
        filesize < 1MB and any of ($read*) and any of ($send*)
}

rule named_grabber {
    meta:
        title = "Carries the name of a known family of stealers"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1555/"
        remediation = "Remove the code and check the machine that the package was built on."
    strings:
        $n1 = "Blank Grabber"
        $n2 = "Blank-Grabber"
        $n3 = "W4SP Stealer" nocase
        $n4 = "Hazard-Token-Grabber" nocase
        $n5 = "Luna-Grabber" nocase
        $n6 = "Creal Stealer" nocase
        $n7 = "PirateStealer"
        $n8 = "Rose-Grabber" nocase
        $n9 = "Empyrean stealer" nocase
        $n10 = "wasp-stealer" nocase
        $act1 = "import " 
        $act2 = "require("
        $act3 = "webhook" nocase
    condition:
        filesize < 5MB and any of ($n*) and any of ($act*)
}

rule registry_worm {
    meta:
        title = "Takes publishing tokens of package registries and publishes on its own"
        severity = "critical"
        confidence = "high"
        reference = "https://attack.mitre.org/techniques/T1195/002/"
        remediation = "Remove the code, revoke every token of the machine it ran on, and check what was published."
    strings:
        $token1 = "_authToken"
        $token2 = "NPM_TOKEN"
        $token3 = ".pypirc"
        $publish1 = /npm publish( |'|"|`)/
        $publish2 = "'publish', '--access'"
        $publish3 = "twine upload"
        $harvest1 = "trufflehog"
        $harvest2 = "/-/whoami"
        $harvest3 = "gh auth token"
        $harvest4 = "ACTIONS_RUNTIME_TOKEN"
        $harvest5 = "169.254.169.254"
        $harvest6 = "maintainer:"
        $spread1 = "postinstall"
        $spread2 = "preinstall"
        $spread3 = "setup.py"
    condition:
        filesize < 12MB and any of ($token*) and any of ($publish*) and any of ($spread*)
        and (any of ($harvest1, $harvest3, $harvest4, $harvest5, $harvest6) or ($harvest2 and filesize < 1MB))
}
