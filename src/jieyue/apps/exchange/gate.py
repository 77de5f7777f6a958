"""The gate: what is checked about an uploaded file before any parser sees it.

Rules: size, members, sizes as streamed (never as declared), ratio, names, links, nesting, encryption,
macros, links to other files, DTD and entities, magic against extension. What is wrong becomes a finding;
nothing here raises for bad content, and no member is kept in memory.
"""

import hashlib
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Literal

from jieyue.apps.exchange import ole
from jieyue.apps.exchange.limits import DEFAULT, Limits
from jieyue.catalog.findings import Finding, make

Kind = Literal["csv", "xlsx", "xls", "docx"]
_EXTENSIONS: dict[str, Kind] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xls",
}  # fmt: skip
#: The part that a package of a kind must have; what a package that has another one is.
_WORKBOOK, _WORD = "xl/workbook.xml", "word/document.xml"
_PARTS = {_WORKBOOK: "xlsx", _WORD: "docx", "ppt/presentation.xml": "pptx", "xl/workbook.bin": "xlsb"}
#: What may be sent in, as a refusal names it.
_TABLES: dict[str, Any] = {"wanted_zh": "csv、xlsx 或 xls", "wanted_en": "csv, xlsx or xls"}
_PAPERS: dict[str, Any] = {"wanted_zh": "docx", "wanted_en": "docx"}
#: First bytes of what people send in by mistake.
_OTHERS = (
    (b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif"), (b"II*\0", "tif"), (b"MM\0*", "tif"),
    (b"Rar!", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\x1f\x8b", "gz"),
)  # fmt: skip
_UNKNOWN = "不认识的格式 unknown"
_ZIP, _CHUNK, _OVERLAP = b"PK\x03\x04", 1 << 20, 32
_XML = (".xml", ".rels", ".vml")
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_EXTERNAL = re.compile(rb"<Relationship\b[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.IGNORECASE)
_DATE_1904 = re.compile(rb"<workbookPr\b[^>]*\bdate1904\s*=\s*[\"'](?:1|true)[\"']", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Gate:
    """The verdict. `kind` is None if the file must not be parsed; `date_1904` is the workbook's date system."""

    kind: Kind | None
    size: int
    sha256: str
    findings: tuple[Finding, ...] = ()
    date_1904: bool = False

    @property
    def passed(self) -> bool:
        """True if the file may go to the reader."""
        return self.kind is not None


class _RefusedError(Exception):
    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.code)


def check(content: bytes, name: str, *, limits: Limits = DEFAULT) -> Gate:
    """Check the bytes of a file that came under `name`."""
    verdict = Gate(None, len(content), hashlib.sha256(content).hexdigest())
    try:
        kind = _kind(content, name)
        limit = limits.text_bytes if kind == "csv" else limits.workbook_bytes
        if len(content) > limit:
            raise _RefusedError(make("file_too_large", value=name, size=len(content), limit=limit))
        date_1904 = False
        if kind == "xlsx":
            date_1904 = _check_package(content, name, limits)
        elif kind == "xls":
            date_1904 = _check_compound(content)
    except _RefusedError as refused:
        return replace(verdict, findings=(refused.finding,))
    return replace(verdict, kind=kind, date_1904=date_1904)


def check_word(content: bytes, name: str, *, limits: Limits = DEFAULT) -> Gate:
    """Check the bytes of a Word file by the same rules."""
    verdict = Gate(None, len(content), hashlib.sha256(content).hexdigest())
    suffix = PurePath(name).suffix.lower()
    try:
        if suffix != ".docx":
            raise _RefusedError(make("file_type_unknown", value=suffix or name, **_PAPERS))
        if not content:
            raise _RefusedError(make("file_empty", value=name, **_PAPERS))
        if len(content) > limits.workbook_bytes:
            raise _RefusedError(
                make("file_too_large", value=name, size=len(content), limit=limits.workbook_bytes)
            )
        if (found := _magic(content)) != "xlsx":
            code = "file_encrypted" if found == "ole-encrypted" else "file_type_mismatch"
            raise _RefusedError(make(code, value=PurePath(name).name, found=found, **_PAPERS))
        _check_package(content, name, limits, _WORD)
    except _RefusedError as refused:
        return replace(verdict, findings=(refused.finding,))
    return replace(verdict, kind="docx")


def _kind(content: bytes, name: str) -> Kind:
    suffix = PurePath(name).suffix.lower()
    wanted = _EXTENSIONS.get(suffix)
    if wanted is None:
        raise _RefusedError(make("file_type_unknown", value=suffix or name, **_TABLES))
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise _RefusedError(make("empty_file", value=name))
    found = _magic(content)
    if found == "ole-encrypted":
        raise _RefusedError(make("file_encrypted", value=name))
    if found == _UNKNOWN and wanted == "csv":
        return wanted  # a coding that the reader has to tell
    if found != wanted:
        raise _RefusedError(make("file_type_mismatch", value=PurePath(name).name, found=found, **_TABLES))
    return wanted


def _magic(content: bytes) -> str:
    """What the content is by its first bytes."""
    if content.startswith((_ZIP, b"PK\x05\x06")):
        return "xlsx"
    if content.startswith(ole.MAGIC):
        try:
            names = {entry.name for entry in ole.CompoundFile(content).entries}
        except ole.BrokenFileError:
            return "xls"
        if "WordDocument" in names and not names & {"Workbook", "Book"}:
            return "doc"  # a workbook may hold a Word object
        return "ole-encrypted" if "EncryptedPackage" in names else "xls"
    for first, kind in _OTHERS:
        if content.startswith(first):
            return kind
    head = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<html", b"<!doctype html", b"<table")):
        return "html"
    if head.startswith((b"<?xml", b"<!doctype")):
        return "xml"
    if head.startswith(b"%pdf"):
        return "pdf"
    return _UNKNOWN if b"\0" in content[:512] else "csv"


# --- compound files (.xls) ---------------------------------------------------------------------------


def _check_compound(content: bytes) -> bool:
    try:
        file = ole.CompoundFile(content)
        names = {entry.name.casefold() for entry in file.entries}
        if names & {"_vba_project_cur", "_vba_project", "vba", "macros"}:
            raise _RefusedError(make("file_macro"))
        stream = file.stream("Workbook", "Book")
    except (ole.BrokenFileError, struct.error):
        raise _RefusedError(make("file_truncated")) from None
    if not stream:
        raise _RefusedError(make("file_unreadable", reason="no Workbook stream"))
    facts = ole.biff_facts(stream)
    if facts.encrypted:
        raise _RefusedError(make("file_encrypted"))
    return facts.date_1904


# --- packages (.xlsx) --------------------------------------------------------------------------------


def _check_package(content: bytes, name: str, limits: Limits, main: str = _WORKBOOK) -> bool:
    _check_directory_size(content, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = package.infolist()
            if len(members) > limits.members:
                raise _RefusedError(make("file_bad_member", member=f"{len(members)} > {limits.members}"))
            _check_names(members, name, main)
            _check_overlaps(members)
            date_1904 = _stream_members(package, members, len(content), limits)
    except _RefusedError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, ValueError, OverflowError):
        raise _RefusedError(make("file_truncated")) from None
    except (NotImplementedError, RuntimeError) as error:  # a packing method that zipfile does not know
        raise _RefusedError(make("file_unreadable", reason=str(error)[:80])) from None
    return date_1904


def _check_directory_size(content: bytes, limits: Limits) -> None:
    """Refuse a huge central directory before `zipfile` turns it into objects. Source: APPNOTE 4.3.16."""
    place = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    if place < 0 or place + 22 > len(content):
        raise _RefusedError(make("file_truncated"))
    count, size = struct.unpack_from("<HI", content, place + 10)
    if (count == 0xFFFF or size == 0xFFFFFFFF) and place >= 20:
        _, offset = struct.unpack_from("<IQ", content, place - 16)
        if offset + 56 > len(content):
            raise _RefusedError(make("file_truncated"))
        count, size = struct.unpack_from("<QQ", content, offset + 32)
    # 46 bytes and a name of at most 255 a member, with room for extra fields.
    if count > limits.members or size > limits.members * 1024:
        raise _RefusedError(make("file_bad_member", member=f"{count} > {limits.members}"))


def _check_names(members: list[zipfile.ZipInfo], file: str, main: str) -> None:
    seen: set[str] = set()
    for member in members:
        # zipfile shows the name up to a NUL; the original tells what another reader would see.
        name = member.orig_filename
        parts = name.replace("\\", "/").split("/")
        if member.flag_bits & 0x1:
            raise _RefusedError(make("file_encrypted"))
        lower = name.replace("\\", "/").lower()
        if "vbaproject" in lower or "/macrosheets/" in lower:
            raise _RefusedError(make("file_macro"))
        if "/externallinks/" in lower or lower == "xl/connections.xml":
            raise _RefusedError(make("file_external_links"))
        wrong = (
            ".." in parts
            or name.startswith(("/", "\\"))
            or ":" in name
            or "\0" in name
            or lower in seen  # two members of one name: readers disagree on which one counts
            or stat.S_ISLNK(member.external_attr >> 16)
        )
        if wrong:
            raise _RefusedError(make("file_bad_member", member=name[:80].replace("\0", "␀")))
        seen.add(lower)
    if main not in seen:
        found = next((kind for part, kind in _PARTS.items() if part in seen), "zip")
        wanted = _TABLES if main == _WORKBOOK else _PAPERS
        raise _RefusedError(make("file_type_mismatch", value=PurePath(file).name, found=found, **wanted))


def _check_overlaps(members: list[zipfile.ZipInfo]) -> None:
    """Members that share bytes are the quoted-overlap bomb: small file, huge sum."""
    end = 0
    for member in sorted(members, key=lambda one: one.header_offset):
        if member.header_offset < end:
            raise _RefusedError(make("file_bad_member", member=member.filename[:80]))
        end = member.header_offset + 30 + len(member.orig_filename) + member.compress_size


def _stream_members(
    package: zipfile.ZipFile, members: list[zipfile.ZipInfo], packed: int, limits: Limits
) -> bool:
    declared = sum(member.file_size for member in members)
    _check_unpacked(declared, packed, limits)
    total, date_1904 = 0, False
    for member in members:
        lower = member.filename.lower()
        is_xml = lower.endswith(_XML)
        tail = b""
        for first, chunk in _chunks(package, member):
            total += len(chunk)
            _check_unpacked(total, packed, limits)
            if first and chunk.startswith((_ZIP, ole.MAGIC)):
                raise _RefusedError(make("file_bad_member", member=member.filename[:80]))
            if not is_xml:
                continue
            # NUL bytes out, so that UTF-16 cannot hide a declaration.
            window = tail + (chunk.replace(b"\0", b"") if b"\0" in chunk[:64] else chunk)
            if _DTD.search(window):
                raise _RefusedError(make("file_dtd"))
            if lower.endswith(".rels"):
                _check_links(window)
            elif lower == "xl/workbook.xml":
                date_1904 = date_1904 or _DATE_1904.search(window) is not None
            # A relationship may straddle two chunks; a declaration is short.
            tail = window[-4096:] if lower.endswith(".rels") else window[-_OVERLAP:]
    return date_1904


def _chunks(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[tuple[bool, bytes]]:
    with package.open(member) as stream:
        first = True
        while chunk := stream.read(_CHUNK):
            yield first, chunk
            first = False


def _check_unpacked(total: int, packed: int, limits: Limits) -> None:
    ratio = total // max(packed, 1)
    if total > limits.unpacked_bytes or (total > limits.ratio_from_bytes and ratio > limits.ratio):
        raise _RefusedError(make("file_zip_bomb", ratio=ratio))


def _check_links(relations: bytes) -> None:
    """Hyperlinks are harmless text here; every other external target would be fetched by a spreadsheet."""
    for link in _EXTERNAL.finditer(relations):
        if b"/hyperlink" not in link.group():
            raise _RefusedError(make("file_external_links"))
