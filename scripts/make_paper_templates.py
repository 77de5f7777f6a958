"""Make the Word templates of papers that ship with the product: an authority edits a copy of one in WPS or Word.

    .venv/bin/python scripts/make_paper_templates.py

Geometry of GB/T 9704-2012: A4, margins 37/28/26/35 mm, a grid of 22 lines × 28 characters.
"""

import io
import zipfile
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

LAYOUT = Path(__file__).parents[1] / "src" / "jieyue" / "apps" / "papers" / "layout"
PARTS = {"monthly-bulletin": ("一", "二", "三", "四", "五", "六", "七"), "paper": ()}
#: style: east Asian font, size, bold, indent by two characters
STYLES = {
    "Normal": ("仿宋_GB2312", 16, False, False),
    "Jieyue Text": ("仿宋_GB2312", 16, False, True),
    "Jieyue Title": ("方正小标宋简体", 22, False, False),
    "Jieyue Heading 1": ("黑体", 16, False, True),
    "Jieyue Heading 2": ("楷体_GB2312", 16, False, True),
    "Jieyue Heading 3": ("仿宋_GB2312", 16, True, True),
    "Jieyue Heading 4": ("仿宋_GB2312", 16, False, True),
    "Jieyue Caption": ("黑体", 12, False, False),
    "Jieyue Cell": ("仿宋_GB2312", 10.5, False, False),
    "Jieyue Small": ("仿宋_GB2312", 9, False, False),
    "Jieyue Foot": ("仿宋_GB2312", 10.5, False, False),
}
_CENTRED = ("Jieyue Title", "Jieyue Caption")


def main() -> None:
    """Write every template."""
    for code, parts in PARTS.items():
        (LAYOUT / f"{code}.docx").write_bytes(template(parts))
        print(LAYOUT / f"{code}.docx")


def template(parts: tuple[str, ...]) -> bytes:
    """One template: the frame, with the parts by their numeral or the whole body at once."""
    document = Document()
    _styles(document)
    _page(document)
    lines: list[tuple[str, str]] = [
        ("Jieyue Heading 1", "{{ state() }}"),
        ("Jieyue Title", "{{ title() }}"),
        ("Normal", ""),
    ]
    lines += [("Jieyue Text", f'{{{{ part("{part}") }}}}') for part in parts] or [
        ("Jieyue Text", "{{ body() }}")
    ]
    lines += [
        ("Normal", ""),
        ("Normal", "填报：　　　　　　审核：　　　　　　负责："),
        ("Normal", "　　　　　　　　　　　（印章）　　　　年　　月　　日"),
        ("Jieyue Foot", "{{ foot() }}"),
        ("Jieyue Text", "{{ annexes() }}"),
    ]
    for style, text in lines:
        document.add_paragraph(text, style=style)
    sink = io.BytesIO()
    document.save(sink)
    return fixed(sink.getvalue())


def fixed(book: bytes) -> bytes:
    """The same archive with one date for every part: the same content gives the same bytes."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _styles(document: Any) -> None:
    for name, (font, size, bold, indented) in STYLES.items():
        style = document.styles["Normal"] if name == "Normal" else document.styles.add_style(name, 1)
        style.font.size, style.font.bold, style.font.name = Pt(size), bold, "Times New Roman"
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        form = style.paragraph_format
        form.space_before = form.space_after = Pt(0)
        if size == 16:
            form.line_spacing = Mm(225 / 22)
        if indented:
            form.first_line_indent = Mm(2 * 156 / 28)
        if name in _CENTRED:
            form.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if name != "Normal":
            style.quick_style = True


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.left_margin = Mm(37), Mm(28)
    section.right_margin, section.bottom_margin = Mm(26), Mm(35)
    section.footer_distance = Mm(35 - 7 - 5)
    document.settings.odd_and_even_pages_header_footer = True
    for header in (section.header, section.even_page_header):
        header.paragraphs[0].text = "{{ marks() }}"
        header.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        header.paragraphs[0].runs[0].font.size = Pt(10.5)
    sides = ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT))
    for footer, side in sides:
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        for xml in _PAGE_NUMBER:
            paragraph._p.append(parse_xml(xml))
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = parse_xml(f"<w:docGrid {nsdecls('w')}/>")
        section._sectPr.append(grid)
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), str(round(225 / 22 / 25.4 * 1440)))
    grid.set(qn("w:charSpace"), str(round((156 / 28 / 25.4 * 72 - 16) * 4096)))


def _run(inside: str) -> str:
    return f'<w:r {nsdecls("w")}><w:rPr><w:sz w:val="28"/></w:rPr>{inside}</w:r>'


_PAGE_NUMBER = (
    _run('<w:t xml:space="preserve">— </w:t>'),
    _run('<w:fldChar w:fldCharType="begin"/>'),
    _run('<w:instrText xml:space="preserve"> PAGE </w:instrText>'),
    _run('<w:fldChar w:fldCharType="end"/>'),
    _run('<w:t xml:space="preserve"> —</w:t>'),
)

if __name__ == "__main__":
    main()
