"""Programs put together header by header: real enough for every parser, and without a single instruction that works."""

import struct

CODE, DATA, WRITABLE_CODE = 0x60000020, 0xC0000040, 0xE0000020
_ALIGN, _PAGE = 0x200, 0x1000


def _up(size, step):
    return (size + step - 1) // step * step


def _import_table(imports, base):
    """The content of an import section at this address, 64 bits."""
    count = len(imports)
    table, names = bytearray(), bytearray()
    thunks_at = base + 20 * (count + 1)
    thunks_size = sum(8 * (len(functions) + 1) for functions in imports.values()) * 2
    names_at = thunks_at + thunks_size
    lookups = bytearray()
    for library, functions in imports.items():
        rows = []
        for function in functions:
            rows.append(names_at + len(names))
            names += b"\0\0" + function.encode() + b"\0" + b"\0" * (len(function) % 2 == 0)
        library_at = names_at + len(names)
        names += library.encode() + b"\0" + b"\0" * (len(library) % 2 == 0)
        packed = b"".join(struct.pack("<Q", row) for row in rows) + bytes(8)
        first = thunks_at + len(lookups)
        lookups += packed
        second = thunks_at + len(lookups)
        lookups += packed
        table += struct.pack("<IIIII", first, 0, 0, library_at, second)
    return bytes(table) + bytes(20) + bytes(lookups) + bytes(names)


def pe(imports=None, sections=(), overlay=b"", *, library=False, stamp=0x5F000000, entry=None, managed=False):
    """A 64-bit Windows program. `sections`: (name, content, flags, size in memory); `entry`: number of the section."""
    rows = [(b".text", b"\xcc" * 64 + b"\xc3" + bytes(447), CODE, 0), *sections]
    if imports:
        rows.append((b".idata", None, DATA, 0))
    head = _up(0x80 + 24 + 240 + 40 * len(rows), _ALIGN)
    offset, address, table, body = head, _PAGE, b"", b""
    directory, entry_at = (0, 0), _PAGE
    for number, (name, content, flags, memory) in enumerate(rows):
        if content is None:
            content = _import_table(imports, address)
            directory = (address, len(content))
        stored = _up(len(content), _ALIGN)
        if number == entry:
            entry_at = address
        table += struct.pack("<8sIIIIIIHHI", name, memory or len(content), address, stored, offset if stored else 0, 0, 0, 0, 0, flags)
        body += content.ljust(stored, b"\0")
        offset += stored
        address += _up(max(memory, len(content), 1), _PAGE)
    directories = [(0, 0)] * 16
    directories[1] = directory
    if managed:
        directories[14] = (_PAGE + 8, 72)
    optional = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20B, 14, 0, 512, 512, 0, entry_at, _PAGE, 0x140000000, _PAGE, _ALIGN,
                           6, 0, 0, 0, 6, 0, 0, address, head, 0, 3, 0x8160, 1 << 20, 1 << 12, 1 << 20, 1 << 12, 0, 16)  # fmt: skip
    optional += b"".join(struct.pack("<II", *pair) for pair in directories)
    characteristics = 0x22 | (0x2000 if library else 0)
    stub = b"\x0e\x1f\xba\x0e\0\xb4\x09\xcd\x21\xb8\x01\x4c\xcd\x21This program cannot be run in DOS mode.\r\r\n$"
    dos = (b"MZ" + bytes(58) + struct.pack("<I", 0x80) + stub).ljust(0x80, b"\0")
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, len(rows), stamp, 0, 0, len(optional), characteristics)
    return (dos + coff + optional + table).ljust(head, b"\0") + body + overlay


def elf(imports=(), exports=(), *, interpreter="/lib64/ld-linux-x86-64.so.2", runpath="", library=False, code=b"", stack=6,
        overlay=b"", text_flags=5, relro=True, needed=("libc.so.6",)):  # fmt: skip
    """A 64-bit ELF program or library with a dynamic section and symbols."""
    names = bytearray(b"\0")

    def name(text):
        at = len(names)
        names.extend(text.encode() + b"\0")
        return at

    symbols = bytes(24)
    for text in imports:
        symbols += struct.pack("<IBBHQQ", name(text), 0x12, 0, 0, 0, 0)
    for text in exports:
        symbols += struct.pack("<IBBHQQ", name(text), 0x12, 0, 7, 0x1000, 8)
    wanted = [(1, name(text)) for text in needed]
    if runpath:
        wanted.append((29, name(runpath)))
    loader = b"" if library else interpreter.encode() + b"\0"
    count = 4 + (not library) + relro
    at = 64 + 56 * count
    loader_at, at = at, at + len(loader)
    at = _up(at, 8)
    symbols_at, at = at, at + len(symbols)
    names_at, at = at, _up(at + len(names), 8)
    hash_table = struct.pack("<IIII", 1, len(symbols) // 24, 0, 0) + bytes(4 * (len(symbols) // 24 - 1))
    hash_at, at = at, _up(at + len(hash_table), 8)
    code = code or b"\xc3" + bytes(63)
    code_at, at = at, _up(at + len(code), 8)
    wanted += [(4, hash_at), (5, names_at), (6, symbols_at), (10, len(names)), (11, 24), (0, 0)]
    dynamic = b"".join(struct.pack("<QQ", *pair) for pair in wanted)
    dynamic_at, at = at, at + len(dynamic)
    shstr = b"\0.dynsym\0.dynstr\0.hash\0.text\0.dynamic\0.shstrtab\0"
    shstr_at, at = at, _up(at + len(shstr), 8)
    programs = []
    if not library:
        programs.append(struct.pack("<IIQQQQQQ", 3, 4, loader_at, loader_at, loader_at, len(loader), len(loader), 1))
    programs.append(struct.pack("<IIQQQQQQ", 1, text_flags, 0, 0, 0, dynamic_at, dynamic_at, 0x1000))
    programs.append(struct.pack("<IIQQQQQQ", 1, 6, dynamic_at, dynamic_at, dynamic_at, at - dynamic_at, at - dynamic_at, 0x1000))
    programs.append(struct.pack("<IIQQQQQQ", 2, 6, dynamic_at, dynamic_at, dynamic_at, len(dynamic), len(dynamic), 8))
    programs.append(struct.pack("<IIQQQQQQ", 0x6474E551, stack, 0, 0, 0, 0, 0, 16))
    if relro:
        programs.append(struct.pack("<IIQQQQQQ", 0x6474E552, 4, dynamic_at, dynamic_at, dynamic_at, len(dynamic), len(dynamic), 1))
    sections = [
        bytes(64),
        struct.pack("<IIQQQQIIQQ", 1, 11, 2, symbols_at, symbols_at, len(symbols), 2, 1, 8, 24),
        struct.pack("<IIQQQQIIQQ", 9, 3, 2, names_at, names_at, len(names), 0, 0, 1, 0),
        struct.pack("<IIQQQQIIQQ", 17, 5, 2, hash_at, hash_at, len(hash_table), 1, 0, 8, 4),
        struct.pack("<IIQQQQIIQQ", 23, 1, 6, code_at, code_at, len(code), 0, 0, 16, 0),
        struct.pack("<IIQQQQIIQQ", 29, 6, 3, dynamic_at, dynamic_at, len(dynamic), 2, 0, 8, 16),
        struct.pack("<IIQQQQIIQQ", 38, 3, 0, shstr_at, 0, len(shstr), 0, 0, 1, 0),
    ]
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0 if library else code_at, 64, at, 0,
                                                              64, 56, len(programs), 64, len(sections), 6)  # fmt: skip
    body = header + b"".join(programs)
    for place, content in ((loader_at, loader), (symbols_at, symbols), (names_at, bytes(names)), (hash_at, hash_table), (code_at, code),
                           (dynamic_at, dynamic), (shstr_at, shstr)):  # fmt: skip
        body = body.ljust(place, b"\0") + content
    return body.ljust(at, b"\0") + b"".join(sections) + overlay


def macho(imports=(), rpath=""):
    """A 64-bit macOS program with a table of symbols."""
    strings = bytearray(b" \0")
    symbols = b""
    for text in imports:
        symbols += struct.pack("<IBBHQ", len(strings), 1, 0, 0x100, 0)
        strings.extend(text.encode() + b"\0")
    commands = [struct.pack("<II16sQQQQIIII", 0x19, 72, b"__TEXT", 0x100000000, 0x4000, 0, 0x4000, 5, 5, 0, 0)]
    library = b"/usr/lib/libSystem.B.dylib\0".ljust(32, b"\0")
    commands.append(struct.pack("<IIIIII", 0xC, 24 + len(library), 24, 2, 0x10000, 0x10000) + library)
    if rpath:
        text = rpath.encode().ljust(_up(len(rpath) + 1, 8), b"\0")
        commands.append(struct.pack("<III", 0x8000001C, 16 + len(text), 12) + text + bytes(4))
    at = 0x4000
    link = symbols + bytes(strings)
    commands.append(struct.pack("<II16sQQQQIIII", 0x19, 72, b"__LINKEDIT", 0x100004000, 0x4000, at, len(link), 1, 1, 0, 0))
    commands.append(struct.pack("<IIIIII", 2, 24, at, len(imports), at + len(symbols), len(strings)))
    undefined = struct.pack("<20I", 0xB, 80, 0, 0, 0, 0, 0, len(imports), *([0] * 12))
    commands.append(undefined)
    header = struct.pack("<IIIIIIII", 0xFEEDFACF, 0x0100000C, 0, 2, len(commands), sum(map(len, commands)), 0x200085, 0)
    return (header + b"".join(commands)).ljust(at, b"\0") + link
