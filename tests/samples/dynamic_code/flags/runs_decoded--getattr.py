import builtins, codecs
name = 'ex' + 'ec'
payload = codecs.decode('cevag("uv")', 'rot13')
getattr(builtins, name)(payload)
