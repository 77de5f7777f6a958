"""The gate: what must never reach a parser is refused with the right finding; good files pass."""

import io
import struct
import zipfile

import pytest

from jieyue.apps.exchange import gate, ole
from jieyue.apps.exchange.limits import Limits
from tests.apps.exchange import files

GOOD = files.xlsx([["a", 1]])


def entry_patched(content: bytes, place: int, name: str, kind: int) -> bytes:
    """A compound file with directory entry `place` renamed and of another kind."""
    start = (struct.unpack_from("<I", content, 48)[0] + 1) * 512 + place * 128
    raw = name.encode("utf-16-le") + b"\0\0"
    head = raw.ljust(64, b"\0") + struct.pack("<HB", len(raw), kind)
    return content[:start] + head + content[start + 67 :]


def biff_encrypted(content: bytes) -> bytes:
    """The second record of the workbook stream turned into FILEPASS."""
    stream = ole.CompoundFile(content).stream("Workbook")
    place = content.index(stream[:64])
    second = place + 4 + struct.unpack_from("<H", stream, 2)[0]
    return content[:second] + b"\x2f\x00" + content[second + 2 :]


def link(target: str, kind: str) -> bytes:
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{base}/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    ).encode()


def dtd(name: str, member: bytes, encoding: str = "utf-8") -> bytes:
    if not name.endswith("sharedStrings.xml"):
        return member
    text = member.decode().replace("<sst", "<!DOCTYPE lolz [<!ENTITY lol 'lol'>]><sst", 1)
    return text.encode(encoding)


def overlapping() -> bytes:
    """Two members of the central directory that share the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        with zipfile.ZipFile(io.BytesIO(GOOD)) as good:
            for name in good.namelist():
                package.writestr(name, good.read(name))
        package.writestr("xl/a.xml", b"<a/>" * 100)
        package.writestr("xl/b.xml", b"<a/>" * 100)
        by_name = {info.filename: info for info in package.infolist()}
        by_name["xl/b.xml"].header_offset = by_name["xl/a.xml"].header_offset
    return target.getvalue()


def symlink() -> bytes:
    target = io.BytesIO(GOOD)
    with zipfile.ZipFile(target, "a") as package:
        info = zipfile.ZipInfo("xl/link.xml")
        info.external_attr = 0o120777 << 16
        package.writestr(info, "/etc/passwd")
    return target.getvalue()


def flagged_encrypted() -> bytes:
    """The encryption bit set in the local and central headers of the first member."""
    content = bytearray(GOOD)
    content[6] |= 1
    central = content.index(b"PK\x01\x02")
    content[central + 8] |= 1
    return bytes(content)


XLS = files.xls([["a", 1.5], ["x", 2]])
BARE = files.repacked(GOOD, lambda name, member: None if name == "xl/workbook.xml" else member)
PICTURE = {"xl/drawings/_rels/d.xml.rels": link("http://x.example/p.png", "image")}

REFUSED = {
    "not a table at all": ("a.pdf", b"%PDF-1.7", "file_type_unknown"),
    "empty": ("a.csv", b"", "empty_file"),
    "only a byte-order mark": ("a.csv", b"\xef\xbb\xbf\r\n", "empty_file"),
    "csv called xlsx": ("a.xlsx", b"a,b\n1,2\n", "file_type_mismatch"),
    "xlsx called csv": ("a.csv", GOOD, "file_type_mismatch"),
    "html called xls": ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "file_type_mismatch"),
    "xlsx called xls": ("a.xls", GOOD, "file_type_mismatch"),
    "zip without a workbook": ("a.xlsx", BARE, "file_type_mismatch"),
    "xlsb": ("a.xlsx", files.repacked(BARE, lambda n, m: m, {"xl/workbook.bin": b"x"}), "file_type_mismatch"),
    "truncated": ("a.xlsx", GOOD[: len(GOOD) // 2], "file_truncated"),
    "cut by one byte": ("a.xlsx", GOOD[:-1], "file_truncated"),
    "encrypted package": ("a.xlsx", entry_patched(XLS, 1, "EncryptedPackage", 2), "file_encrypted"),
    "encryption bit": ("a.xlsx", flagged_encrypted(), "file_encrypted"),
    "encrypted xls": ("a.xls", biff_encrypted(XLS), "file_encrypted"),
    "macros": ("a.xlsm", files.with_members({"xl/vbaProject.bin": b"x"}), "file_macro"),
    "macros called xlsx": ("a.xlsx", files.with_members({"xl/vbaProject.bin": b"x"}), "file_macro"),
    "old macro sheets": ("a.xlsx", files.with_members({"xl/macrosheets/sheet1.xml": b"<a/>"}), "file_macro"),
    "macros in xls": ("a.xls", entry_patched(XLS, 2, "_VBA_PROJECT_CUR", 1), "file_macro"),
    "truncated xls": ("a.xls", XLS[: len(XLS) // 2], "file_truncated"),
    "external links": ("a.xlsx", files.with_members({"xl/externalLinks/e.xml": b"<a/>"}), "file_external_links"),
    "data connections": ("a.xlsx", files.with_members({"xl/connections.xml": b"<a/>"}), "file_external_links"),
    "external picture": ("a.xlsx", files.with_members(PICTURE), "file_external_links"),
    "zip within": ("a.xlsx", files.with_members({"xl/embeddings/a.xlsx": GOOD}), "file_bad_member"),
    "object within": ("a.xlsx", files.with_members({"xl/embeddings/a.bin": XLS}), "file_bad_member"),
    "parent folder": ("a.xlsx", files.with_members({"../evil.xml": b"<a/>"}), "file_bad_member"),
    "absolute name": ("a.xlsx", files.with_members({"/etc/evil.xml": b"<a/>"}), "file_bad_member"),
    "drive name": ("a.xlsx", files.with_members({"c:\\evil.xml": b"<a/>"}), "file_bad_member"),
    "same name twice": ("a.xlsx", files.with_members({"XL/WORKBOOK.XML": b"<a/>"}), "file_bad_member"),
    "symbolic link": ("a.xlsx", symlink(), "file_bad_member"),
    "overlapping members": ("a.xlsx", overlapping(), "file_bad_member"),
    "too many members": ("a.xlsx", files.with_members({f"xl/m{n}.xml": b"" for n in range(2_000)}), "file_bad_member"),
    "entities": ("a.xlsx", files.repacked(GOOD, dtd), "file_dtd"),
    "entities in UTF-16": ("a.xlsx", files.repacked(GOOD, lambda n, m: dtd(n, m, "utf-16")), "file_dtd"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    name, content, code = REFUSED[case]
    verdict = gate.check(content, name)
    assert not verdict.passed
    assert files.codes(verdict.findings) == [code]
    assert verdict.findings[0].severity == "error"


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0(\0\0\0("
WORD = files.repacked(BARE, lambda n, m: m, {"word/document.xml": b"<a/>"})
DOC = entry_patched(files.xls([["a", 1]]), 1, "WordDocument", 2)


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (PNG, "照片.xlsx", "png"),
        (PNG, "照片.csv", "png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "照片.xls", "jpg"),
        (b"Rar!\x1a\x07\x01\0" + bytes(40), "资料.xlsx", "rar"),
        (b"\x07\0\x01\x02" * 40, "损坏.xlsx", "不认识的格式 unknown"),
        (WORD, "通知.xlsx", "docx"),
        (BARE, "资料.xlsx", "zip"),
        (DOC, "通知.xls", "doc"),
        (b"a,b\n1,2\n", "八月.xlsx", "csv"),
        (GOOD, "八月.csv", "xlsx"),
    ],
)
def test_a_file_of_another_kind_is_told_by_what_it_is(content: bytes, name: str, found: str) -> None:
    (finding,) = gate.check(content, name).findings
    assert finding.message_zh.startswith(f"文件内容与扩展名不符：名为 {name}，实为 {found}。")
    assert "csv、xlsx 或 xls" in finding.message_zh
    assert "不要只改扩展名" in finding.message_zh
    assert f"called {name}, found {found}" in finding.message_en


def test_a_workbook_with_a_word_object_in_it_is_a_workbook() -> None:
    """The directory of a compound file lists what is embedded beside what it is."""
    content = entry_patched(files.xls([["a", 1]]), 2, "WordDocument", 2)
    assert {"Workbook", "WordDocument"} <= {entry.name for entry in ole.CompoundFile(content).entries}
    assert gate.check(content, "八月.xls").passed


@pytest.mark.parametrize(
    ("content", "name", "code", "words"),
    [
        (b"", "通报.docx", "file_empty", "文件是空的"),
        (PNG, "通报.docx", "file_type_mismatch", "实为 png"),
        (DOC, "通报.docx", "file_type_mismatch", "实为 doc。"),
        (GOOD, "通报.docx", "file_type_mismatch", "名为 通报.docx，实为 xlsx"),
        (DOC, "通报.doc", "file_type_unknown", "“.doc”"),
        (GOOD, "通报.xlsx", "file_type_unknown", "“.xlsx”"),
    ],
)
def test_where_a_word_file_is_wanted_no_table_is_asked_for(
    content: bytes, name: str, code: str, words: str
) -> None:
    (finding,) = gate.check_word(content, name).findings
    assert finding.code == code
    assert words in finding.message_zh
    assert "docx" in finding.message_zh.partition("。")[2]
    assert "csv" not in finding.message_zh + finding.message_en


def test_a_thousand_to_one_bomb_is_refused() -> None:
    assert files.codes(gate.check(files.bomb(), "bomb.xlsx").findings) == ["file_zip_bomb"]


def test_sizes_are_counted_not_believed() -> None:
    """A central directory that declares ten bytes does not hide what the member streams."""
    content = bytearray(files.with_members({"xl/big.xml": b" " * 40_000_000}))
    place = content.rindex(b"xl/big.xml") - 46
    struct.pack_into("<I", content, place + 24, 10)
    assert not gate.check(bytes(content), "a.xlsx").passed


def test_too_large() -> None:
    limits = Limits(workbook_bytes=100, text_bytes=10)
    assert files.codes(gate.check(GOOD, "a.xlsx", limits=limits).findings) == ["file_too_large"]
    assert files.codes(gate.check(b"a,b\n1,2\n3,4\n", "a.csv", limits=limits).findings) == ["file_too_large"]


def test_hyperlinks_are_harmless() -> None:
    content = files.with_members({"xl/worksheets/_rels/s.xml.rels": link("https://x.example/", "hyperlink")})
    assert gate.check(content, "a.xlsx").passed


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [(GOOD, "甲.XLSX", "xlsx"), (XLS, "b.xls", "xls"), (b"a;b\n", "c.txt", "csv")],
)
def test_good_files_pass(content: bytes, name: str, kind: str) -> None:
    assert gate.check(content, name).kind == kind


def test_the_1904_date_system_is_seen() -> None:
    assert gate.check(files.xlsx([["a"]], date_1904=True), "a.xlsx").date_1904
    assert not gate.check(GOOD, "a.xlsx").date_1904


def test_no_cut_of_a_file_raises() -> None:
    """Any prefix of a workbook is judged, never an exception; what passes lost nothing but padding."""
    whole = ole.CompoundFile(XLS).stream("Workbook")
    for content, name in ((GOOD, "a.xlsx"), (XLS, "a.xls")):
        for end in range(0, len(content), len(content) // 150):
            if gate.check(content[:end], name).passed:
                assert ole.CompoundFile(content[:end]).stream("Workbook") == whole
