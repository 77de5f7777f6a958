"""Bad files of returns and registries, and what must be said about each: finding, row, column, value."""

from collections.abc import Callable

from tests.apps.exchange import files
from tests.apps.exchange.test_gate import entry_patched
from tests.cli import desk

STORED = [
    desk.LONG,
    ["A", "2024", "NY201:110", "80000", "kWh"],
    ["A", "2024", "NY201:102", "8000", "m2"],
]
FORM = ("--form", "NY201", "--period", "2024")


def row(*cells: object) -> Callable[[], tuple[str, bytes]]:
    """A long file with one row."""
    return lambda: ("returns.csv", desk.table([desk.LONG, cells]))


def rows(*lines: desk.Row, encoding: str = "utf-8") -> Callable[[], tuple[str, bytes]]:
    return lambda: ("returns.csv", desk.table(lines, encoding=encoding))


def book(content: Callable[[], bytes], name: str = "returns.xlsx") -> Callable[[], tuple[str, bytes]]:
    return lambda: (name, content())


WIDE = [["机构", "电消费量"], ["A", 80000]]


def declared(text: str) -> bytes:
    """The workbook's shared strings with a document type before them."""
    return files.repacked(
        files.xlsx(WIDE),
        lambda name, member: (
            member.replace(b"<sst", text.encode() + b"<sst", 1)
            if name.endswith("sharedStrings.xml")
            else member
        ),
    )


XXE = '<!DOCTYPE sst [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE sst [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
#: What is brought → (how to make it, extra words, finding, row, column, value; "" where nothing of the kind is told).
RETURNS: dict[str, tuple[Callable[[], tuple[str, bytes]], tuple[str, ...], str, int | None, str, str]] = {
    "unknown item": (row("A", "2024", "NY201:999", 1, ""), (), "unknown_item", 2, "item", "NY201:999"),
    "unknown unit": (row("A", "2024", "NY201:110", 1, "斗"), (), "unknown_unit", 2, "unit", "斗"),
    "wrong unit": (row("A", "2024", "NY201:110", 1, "吨"), (), "wrong_unit", 2, "unit", "吨"),
    "unknown period": (row("A", "2024-13", "NY201:110", 1, ""), (), "unknown_period", 2, "period", "2024-13"),
    "future period": (row("A", "2999", "NY201:110", 1, ""), (), "period_in_future", 2, "period", "2999"),
    "unknown institution": (
        row("无此局", "2024", "NY201:110", 1, ""),
        (),
        "unknown_institution",
        2,
        "institution",
        "无此局",
    ),
    "unknown node": (
        row("area:999999", "2024", "NY201:110", 1, ""),
        (),
        "node_unknown",
        2,
        "institution",
        "area:999999",
    ),
    "same key twice": (
        rows(desk.LONG, ["B", "2024", "NY201:110", 1, ""], ["B", "2024", "NY201:110", 2, ""]),
        (),
        "conflict_in_file",
        2,
        "",
        "",
    ),
    "against the store": (row("A", "2024", "NY201:110", 90000, ""), (), "conflict", 2, "value", "90000"),
    "negative": (row("B", "2024", "NY201:110", "-0.5", ""), (), "negative", 2, "value", "-0.5"),
    "NaN": (row("B", "2024", "NY201:110", "NaN", ""), (), "not_a_number", 2, "value", "NaN"),
    "infinite": (row("B", "2024", "NY201:110", "inf", ""), (), "not_a_number", 2, "value", "inf"),
    "1e400": (row("B", "2024", "NY201:110", "1e400", ""), (), "exponent_in_number", 2, "value", "1e400"),
    "text in a number": (row("B", "2024", "NY201:110", "12千", ""), (), "text_in_number", 2, "value", "12千"),
    "too large": (row("B", "2024", "NY201:110", "9" * 30, ""), (), "number_too_large", 2, "value", "9" * 30),
    "two readings": (row("B", "2024", "NY201:110", "1,5", ""), (), "ambiguous_number", 2, "value", "1,5"),
    "a word for nothing": (
        row("B", "2024", "NY201:110", "N/A", ""),
        (),
        "null_token_unlisted",
        2,
        "value",
        "N/A",
    ),
    "a date in a number": (
        book(lambda: files.xlsx([["机构", "电消费量"], ["A", (45000, "yyyy-mm-dd")]])),
        FORM,
        "date_in_number",
        2,
        "电消费量",
        "2023-03-15",
    ),
    "no such encoding": (
        rows(*STORED, encoding="gb18030"),
        ("--encoding", "no-such"),
        "encoding_wrong",
        None,
        "",
        "no-such",
    ),
    "another encoding": (
        rows(["机构", "电消费量"], ["渝中区档案馆", 1], encoding="gb18030"),
        (*FORM, "--encoding", "utf-8"),
        "encoding_wrong",
        None,
        "",
        "utf-8",
    ),
    "damaged UTF-8": (
        lambda: (
            "returns.csv",
            desk.table([*STORED, ["渝中区档案馆", "2024", "NY201:110", 1, ""]]).replace(
                "档".encode(), b"\xe6\xa1"
            ),
        ),
        (),
        "encoding_damaged",
        4,
        "",
        "",
    ),
    "no text at all": (
        lambda: ("returns.csv", b"a,b\n\xff\xfe\x00\x01\x80\x81,\xff\n" * 9),
        (),
        "encoding_unknown",
        None,
        "",
        "",
    ),
    "a null byte": (lambda: ("returns.csv", b"institution,period\nA,2024\0\n"), (), "nul_in_text", 2, "", ""),
    "empty": (lambda: ("returns.csv", b""), (), "empty_file", None, "", "returns.csv"),
    "header only": (rows(desk.LONG), (), "empty_file", None, "", ""),
    "no header": (rows(["1", "2"], ["3", "4"]), (), "header_not_found", None, "", ""),
    "another type": (lambda: ("returns.pdf", b"%PDF-1.7"), (), "file_type_unknown", None, "", ".pdf"),
    "another content": (
        lambda: ("returns.xlsx", b"%PDF-1.7 \n"),
        (),
        "file_type_mismatch",
        None,
        "",
        "returns.xlsx",
    ),
    "truncated": (book(lambda: files.xlsx(WIDE)[:-700]), FORM, "file_truncated", None, "", ""),
    "encrypted": (
        book(lambda: entry_patched(files.xls(WIDE), 1, "EncryptedPackage", 2)),
        FORM,
        "file_encrypted",
        None,
        "",
        "returns.xlsx",
    ),
    "macros": (
        book(lambda: files.with_members({"xl/vbaProject.bin": b"\xd0\xcf"})),
        FORM,
        "file_macro",
        None,
        "",
        "",
    ),
    "macros by name": (
        book(lambda: files.with_members({"xl/vbaProject.bin": b"\xd0\xcf"}), "returns.xlsm"),
        FORM,
        "file_macro",
        None,
        "",
        "",
    ),
    "1000 to 1": (book(files.bomb), FORM, "file_zip_bomb", None, "", ""),
    "DTD": (book(lambda: declared(LAUGHS)), FORM, "file_dtd", None, "", ""),
    "XXE": (book(lambda: declared(XXE)), FORM, "file_dtd", None, "", ""),
    "zip slip": (
        book(lambda: files.with_members({"../../evil.xml": b"<a/>"})),
        FORM,
        "file_bad_member",
        None,
        "",
        "",
    ),
    "another form": (rows(["机构", "NY203:320", "NY203:330"], ["A", 1, 2]), FORM, "wrong_form", None, "", ""),
    "another form, long": (
        row("A", "2024-HS", "NY203:320", 1, ""),
        ("--form", "NY201"),
        "wrong_form",
        2,
        "item",
        "NY203:320",
    ),
    "a registry": (rows(*desk.REGISTRY), FORM, "wrong_kind", None, "", ""),
    "no such form": (rows(*STORED), ("--form", "NY999"), "form_unknown", None, "", "NY999"),
}


INSTITUTIONS: dict[str, tuple[dict[str, str], str, str, str]] = {
    "unknown region": ({"region": "火星区"}, "unknown_region", "region", "火星区"),
    "region gone": (
        {"region": "江北区", "valid_from": "2026-01-01"},
        "region_not_in_force",
        "region",
        "江北区",
    ),
    "unknown type": ({"type": "99"}, "unknown_type", "type", "99"),
    "no day": ({"valid_from": "2025-02-30"}, "not_a_date", "valid_from", "2025-02-30"),
    "reversed": ({"valid_to": "2014-01-01"}, "dates_reversed", "valid_to", "2014-01-01"),
    "negative": ({"floor_area_m2": "-3"}, "negative", "floor_area_m2", "-3"),
    "unknown unit of return": (
        {"reporting_unit": "nobody"},
        "unknown_institution",
        "reporting_unit",
        "nobody",
    ),
    "no name": ({"name": ""}, "missing_required", "name", ""),
    "conflict": (
        {"code": "A", "name": "渝中区第一中学", "type": "021", "floor_area_m2": "9000"},
        "conflict",
        "floor_area_m2",
        "9000",
    ),
}
