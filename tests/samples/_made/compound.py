"""Compound files and what lies in them: macro projects, old workbooks, installers."""

import struct

_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_CUT = 4096


def compound(streams, class_id=bytes(16)):
    """A compound file from {"storage/stream": bytes}."""
    rows = [{"name": "Root Entry", "kind": 5, "children": [], "class": class_id}]
    folders = {"": 0}
    for path, content in streams.items():
        parent = ""
        *above, name = path.split("/")
        for part in above:
            full = f"{parent}/{part}"
            if full not in folders:
                folders[full] = len(rows)
                rows[folders[parent]]["children"].append(len(rows))
                rows.append({"name": part, "kind": 1, "children": []})
            parent = full
        rows[folders[parent]]["children"].append(len(rows))
        rows.append({"name": name, "kind": 2, "children": [], "data": content})
    sectors, fat, small, small_fat = [], [], b"", []

    def store(data):
        if not data:
            return _END
        start = len(sectors)
        pieces = [data[at : at + 512].ljust(512, b"\0") for at in range(0, len(data), 512)]
        sectors.extend(pieces)
        fat.extend([*range(start + 1, start + len(pieces)), _END])
        return start

    for row in rows:
        data = row.get("data", b"")
        row["size"] = len(data)
        if row["kind"] != 2 or not data:
            row["start"] = _END if row["kind"] == 2 else 0
        elif len(data) >= _CUT:
            row["start"] = store(data)
        else:
            first, count = len(small) // 64, -(-len(data) // 64)
            row["start"] = first
            small += data.ljust(count * 64, b"\0")
            small_fat.extend([*range(first + 1, first + count), _END])
    rows[0]["start"], rows[0]["size"] = store(small), len(small)
    for row in rows:
        children = row["children"]
        row["child"] = children[0] if children else _NONE
        for at, child in enumerate(children):
            rows[child]["right"] = children[at + 1] if at + 1 < len(children) else _NONE
    directory = b""
    for row in rows:
        name = row["name"].encode("utf-16-le")[:62]
        directory += struct.pack("<64sHBBIII16sIQQIQ", name, len(name) + 2, row["kind"], 1, _NONE, row.get("right", _NONE), row["child"],
                                 row.get("class", bytes(16)), 0, 0, 0, row["start"], row["size"])  # fmt: skip
    directory += struct.pack("<64sHBBIII", b"", 0, 0, 0, _NONE, _NONE, _NONE).ljust(128, b"\0") * (-len(rows) % 4)
    directory_at = store(directory)
    packed = b"".join(struct.pack("<I", n) for n in small_fat)
    small_at = store(packed.ljust(-(-len(packed) // 512) * 512, b"\xff")) if packed else _END
    fat_sectors = 1
    while fat_sectors * 128 < len(fat) + fat_sectors:
        fat_sectors += 1
    fat_at = len(sectors)
    table = [*fat, *([_FAT] * fat_sectors)]
    table += [_FREE] * (fat_sectors * 128 - len(table))
    sectors += [struct.pack("<128I", *table[n * 128 : n * 128 + 128]) for n in range(fat_sectors)]
    places = [*range(fat_at, fat_at + fat_sectors)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
        "<HHHHHHIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, fat_sectors, directory_at, 0, _CUT, small_at,
        -(-len(packed) // 512), _END, 0)  # fmt: skip
    header += struct.pack("<109I", *(places + [_FREE] * (109 - len(places))))
    return header + b"".join(sectors)


def compress(data):
    """Microsoft's compression of macro sources, copies included."""
    out = b"\x01"
    for start in range(0, len(data), 4096):
        chunk = data[start : start + 4096]
        body = _chunk(chunk)
        if len(body) > 4096:
            out += struct.pack("<H", 0x3FFF) + chunk.ljust(4096, b"\0")
        else:
            out += struct.pack("<H", 0xB000 | (len(body) - 1)) + body
    return out


def _chunk(data):
    out, at = b"", 0
    while at < len(data):
        flags, tokens = 0, b""
        for bit in range(8):
            if at >= len(data):
                break
            width = max((at - 1).bit_length(), 4) if at else 4
            longest, best, back = (0xFFFF >> width) + 3, 0, 0
            for distance in range(1, min(at, 1 << width) + 1):
                length = 0
                while length < longest and at + length < len(data) and data[at + length] == data[at - distance + length]:
                    length += 1
                if length > best:
                    best, back = length, distance
                if best >= 16:
                    break
            if best >= 3:
                flags |= 1 << bit
                tokens += struct.pack("<H", (back - 1) << (16 - width) | (best - 3))
                at += best
            else:
                tokens += data[at : at + 1]
                at += 1
        out += bytes([flags]) + tokens
    return out


def project(modules, *, code=b"\x01\x16" + bytes(30), root="VBA", stomped=()):
    """The streams of a macro project from {module: source}. A `stomped` module has its compiled code only."""
    rows = struct.pack("<HIIHHH", 9, 4, 1, 1, 0, 0)[:12] + struct.pack("<HIH", 3, 2, 1252)
    streams = {}
    for name, source in modules.items():
        raw = name.encode()
        rows += struct.pack("<HI", 0x19, len(raw)) + raw + struct.pack("<HI", 0x1A, len(raw)) + raw
        rows += struct.pack("<HII", 0x31, 4, len(code)) + struct.pack("<HI", 0x2B, 0)
        text = f'Attribute VB_Name = "{name}"\r\n{source}'.replace("\n", "\r\n").encode()
        streams[f"{root}/{name}"] = code + (b"" if name in stomped else compress(text))
    return {f"{root}/dir": compress(rows), f"{root}/_VBA_PROJECT": b"\xcc\x61" + bytes(30), **streams}


def record(kind, body=b""):
    return struct.pack("<HH", kind, len(body)) + body


def workbook(*, function=None, hidden=0, auto=False, encrypted=False):
    """The `Workbook` stream of a workbook with a sheet of Excel 4 macros; `function` is what its cell calls."""
    name = b"Macro1"
    label = record(0x18, struct.pack("<HBBHHHBBBB", 0x20, 0, 1, 0, 0, 0, 0, 0, 0, 0) + b"\0\x01") if auto else b""
    lock = record(0x2F, bytes(54)) if encrypted else b""
    start = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    place = len(start) + len(lock) + 4 + 8 + len(name) + len(label) + 4
    sheet = record(0x85, struct.pack("<IBBBB", place, hidden, 1, len(name), 0) + name)
    cell = b""
    if function is not None:
        formula = b"\x17\x04\0calc" + b"\x42\x01" + struct.pack("<H", function)
        cell = record(6, bytes(20) + struct.pack("<H", len(formula)) + formula)
    return start + lock + sheet + label + record(10) + record(0x809, struct.pack("<HHHHII", 0x600, 0x40, 0, 0, 0, 0)) + cell + record(10)


def package_object(name, content):
    """The stream of an object that carries a file (`Ole10Native`)."""
    path = b"C:\\Users\\a\\" + name.encode()
    body = struct.pack("<H", 2) + name.encode() + b"\0" + path + b"\0" + struct.pack("<HHI", 0, 3, len(path) + 1) + path + b"\0"
    body += struct.pack("<I", len(content)) + content
    return struct.pack("<I", len(body)) + body


_TEXT, _LONG_TEXT, _SHORT, _LONG, _KEY, _EMPTY, _STREAM = 0x0D48, 0x0DFF, 0x0502, 0x0104, 0x2000, 0x1000, 0x0900
SCHEMA = {
    "Property": [("Property", _TEXT | _KEY), ("Value", _LONG_TEXT & ~0x100 | 0x100)],
    "CustomAction": [("Action", _TEXT | _KEY), ("Type", _SHORT), ("Source", _TEXT | _EMPTY), ("Target", _LONG_TEXT | _EMPTY)],
    "Binary": [("Name", _TEXT | _KEY), ("Data", _STREAM)],
    "File": [("File", _TEXT | _KEY), ("FileName", _LONG_TEXT), ("FileSize", _LONG), ("Component_", _TEXT), ("Sequence", _SHORT)],
    "Media": [("DiskId", _SHORT | _KEY), ("LastSequence", _SHORT), ("Cabinet", _TEXT | _EMPTY)],
    "Directory": [("Directory", _TEXT | _KEY), ("Directory_Parent", _TEXT | _EMPTY), ("DefaultDir", _LONG_TEXT)],
    "Component": [("Component", _TEXT | _KEY), ("Directory_", _TEXT)],
    "Registry": [("Registry", _TEXT | _KEY), ("Root", _SHORT), ("Key", _LONG_TEXT), ("Name", _LONG_TEXT | _EMPTY), ("Value", _LONG_TEXT | _EMPTY)],
    "ServiceInstall": [("ServiceInstall", _TEXT | _KEY), ("Name", _LONG_TEXT)],
}


def cabinet(files):
    """A cabinet that stores {name: bytes} as they are."""
    data = b"".join(files.values())
    blocks = [data[at : at + 32768] for at in range(0, len(data), 32768)]
    rows, offset = b"", 0
    for name, content in files.items():
        rows += struct.pack("<IIHHHH", len(content), offset, 0, 0x5821, 0, 0x20) + name.encode() + b"\0"
        offset += len(content)
    start = 36 + 8 + len(rows)
    body = b"".join(struct.pack("<IHH", 0, len(block), len(block)) + block for block in blocks)
    header = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, start + len(body), 0, 44, 0, 3, 1, 1, len(files), 0, 7, 0)
    return header + struct.pack("<IHH", start, len(blocks), 0) + rows + body


def msi(tables, binaries=None, streams=None):
    """An installer from {table: [rows as tuples, columns at the end may be left out]}, {name: bytes} for the table of
    binaries, and other streams."""
    added = streams or {}
    from checks.downloads.documents.msi import packed_name

    binaries = binaries or {}
    if binaries:
        tables = {**tables, "Binary": [(name, 1) for name in binaries]}
    strings, numbers = [""], {"": 0}

    def number(text):
        if text not in numbers:
            numbers[text] = len(strings)
            strings.append(text)
        return numbers[text]

    def column(kind, values):
        if kind & 0x0800 and kind & ~0x1000 & 0xFFFF != 0x0900:
            return b"".join(struct.pack("<H", number(value)) for value in values)
        if kind & 0xFF == 4:
            return b"".join(struct.pack("<I", value + 0x80000000) for value in values)
        return b"".join(struct.pack("<H", value + 0x8000 if not kind & 0x0800 else value) for value in values)

    streams = {}
    described = []
    for table, rows in tables.items():
        columns = SCHEMA[table][: len(rows[0])] if rows else SCHEMA[table]
        kinds = [kind for _, kind in columns]
        streams[f"!{table}"] = b"".join(column(kind, [row[n] for row in rows]) for n, kind in enumerate(kinds))
        described += [(table, at, name, kind) for at, (name, kind) in enumerate(columns, 1)]
    streams["!_Tables"] = b"".join(struct.pack("<H", number(table)) for table in tables)
    streams["!_Columns"] = (
        b"".join(struct.pack("<H", number(row[0])) for row in described)
        + b"".join(struct.pack("<H", row[1] + 0x8000) for row in described)
        + b"".join(struct.pack("<H", number(row[2])) for row in described)
        + b"".join(struct.pack("<H", row[3] - 0x8000 & 0xFFFF) for row in described)
    )
    texts = [text.encode() for text in strings[1:]]
    pool = struct.pack("<HH", 65001, 0)
    for text in texts:
        pool += struct.pack("<HH", len(text), 1) if len(text) < 0x10000 else struct.pack("<HHI", 0, 1, len(text))
    streams["!_StringPool"], streams["!_StringData"] = pool, b"".join(texts)
    for name, content in binaries.items():
        streams[f"Binary.{name}"] = content
    streams |= added
    class_id = bytes.fromhex("84100c0000000000c000000000000046")
    return compound({packed_name(name): content for name, content in streams.items()}, class_id)
