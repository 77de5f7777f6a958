"""Make the Word templates of papers that ship with the product: an authority edits a copy of one in WPS or Word.

    .venv/bin/python scripts/make_paper_templates.py

Geometry of GB/T 9704-2012: A4, margins 37/28/26/35 mm, 22 lines of 28 characters. The characters stand closer by
spacing, not by a grid of characters: LibreOffice gives two cells of such a grid to a character wider than one, and
tables would keep to it. Forms and the statement are sheets of their own: see `SHEETS`.
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Length, Mm, Pt, Twips

LAYOUT = Path(__file__).parents[1] / "src" / "jieyue" / "apps" / "papers" / "layout"
#: A line of 225/22 mm, so that 22 are no higher than the text; 16 pt and this spacing: 28 characters in 156 mm, not 29.
LINE, CLOSER = 579, -5
INDENT = Twips(2 * (16 * 20 + CLOSER))
SONG, HEI, KAI, TITLE = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"
#: Names by which other machines have these fonts.
KNOWN_AS = {SONG: "FangSong", KAI: "KaiTi", HEI: "SimHei", TITLE: "FZXiaoBiaoSong-B05S", "宋体": "SimSun"}
SIGNATURE = ("填报", "审核", "负责")
FORM_SIGNATURE = ("单位负责人", "统计负责人", "填表人", "报出日期")


@dataclass(frozen=True)
class Style:
    """size, line [pt], 0 for a line of the page's 22. level: of a heading. after: space below [pt]; above likewise."""

    font: str
    size: float
    line: float = 0
    indent: bool = False
    bold: bool = False
    centred: bool = False
    level: int = 0
    above: float = 0
    after: float = 0
    keep: bool = False


@dataclass(frozen=True)
class Sheet:
    """margins: top, left, right, bottom [mm]. parts: numerals of the parts, none for the whole body at once."""

    styles: dict[str, Style]
    margins: tuple[float, float, float, float] = (37, 28, 26, 35)
    parts: tuple[str, ...] = ()
    form: bool = False
    wide: bool = False
    signed: bool = True


_GRID = LINE / 20
STYLES = {
    "Normal": Style(SONG, 16),
    "Jieyue Text": Style(SONG, 16, indent=True),
    "Jieyue State": Style(HEI, 16),
    "Jieyue Annex": Style(HEI, 16),
    "Jieyue Title": Style(TITLE, 22, 32, centred=True, above=_GRID, after=_GRID),
    "Jieyue Heading 1": Style(HEI, 16, indent=True, level=1),
    "Jieyue Heading 2": Style(KAI, 16, indent=True, level=2),
    "Jieyue Heading 3": Style(SONG, 16, indent=True, bold=True, level=3),
    "Jieyue Heading 4": Style(SONG, 16, indent=True, level=4),
    "Jieyue Caption": Style(HEI, 12, 16, centred=True, above=10, after=6, keep=True),
    "Jieyue Head": Style(HEI, 10.5, 14, centred=True),
    "Jieyue Cell": Style(SONG, 10.5, 14),
    "Jieyue Dense Head": Style(HEI, 8, 10, centred=True),
    "Jieyue Dense": Style(SONG, 8, 10),
    "Jieyue Small": Style(SONG, 9, 12, after=2),
    "Jieyue Foot": Style(SONG, 10.5, 15.5),
    "Jieyue Sign": Style(SONG, 16, keep=True),
}
_FORM = STYLES | {
    "Normal": Style(SONG, 10.5, 15.5),
    "Jieyue Text": Style(SONG, 10.5, 15.5, indent=True),
    "Jieyue Title": Style(TITLE, 16, 24, centred=True, after=6),
    "Jieyue Heading 1": Style(HEI, 12, 18, level=1),
    "Jieyue Heading 2": Style(KAI, 12, 18, level=2),
    "Jieyue Caption": Style(HEI, 12, 16, centred=True, above=4, after=4, keep=True),
    "Jieyue Sign": Style(SONG, 10.5, 20, above=6, after=12, keep=True),
}
_TIGHT = _FORM | {
    "Normal": Style(SONG, 10.5, 14.5),
    "Jieyue Text": Style(SONG, 10.5, 14.5, indent=True),
    "Jieyue Heading 1": Style(HEI, 12, 16, level=1, above=3),
    "Jieyue Caption": Style(HEI, 9.5, 12, centred=True, above=3, after=2, keep=True),
    "Jieyue Cell": Style(SONG, 10.5, 13),
    "Jieyue Small": Style(SONG, 8, 10, after=2),
    "Jieyue Foot": Style(SONG, 8, 10.5),
}
#: File → the sheet. The name is the paper's code; `paper` is for all others.
SHEETS = {
    "paper": Sheet(STYLES),
    "monthly-bulletin": Sheet(STYLES, parts=("一", "二", "三", "四", "五", "六", "七")),
    "form": Sheet(_FORM, (22, 18, 18, 20), form=True),
    "summary-table": Sheet(_FORM, (22, 18, 18, 20), form=True, wide=True),
    "energy-statement": Sheet(_TIGHT, (22, 18, 18, 18), form=True, signed=False),
}


def main() -> None:
    """Write every template."""
    for code, sheet in SHEETS.items():
        (LAYOUT / f"{code}.docx").write_bytes(template(sheet))
        print(LAYOUT / f"{code}.docx")


def template(sheet: Sheet) -> bytes:
    """One template: the frame, with the parts by their numeral or the whole body at once."""
    document = Document()
    _clean(document)
    _styles(document, sheet.styles)
    _page(document, sheet)
    lines = [] if sheet.form else [("Jieyue State", "{{ state() }}")]
    lines += [("Jieyue Title", "{{ title() }}")]
    lines += [("Jieyue Text", f'{{{{ part("{part}") }}}}') for part in sheet.parts] or [
        ("Jieyue Text", "{{ body() }}")
    ]
    for style, text in lines:
        document.add_paragraph(text, style=style)
    if sheet.signed:
        _signature(document, sheet)
    document.add_paragraph("{{ foot() }}", style="Jieyue Foot")
    document.add_paragraph("{{ annexes() }}", style="Jieyue Text")
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


def _clean(document: Any) -> None:
    """Nothing of the library's own example: its author and remark, its picture, its language."""
    core = document.core_properties
    core.author = core.comments = core.keywords = core.title = core.last_modified_by = ""
    package, part = document.part.package, document.part
    for rels in (package.rels, part.rels):
        for key, rel in list(rels.items()):
            if rel.reltype.endswith(("/thumbnail", "/stylesWithEffects")):
                del rels[key]
    styles = document.styles.element
    styles.find(f".//{qn('w:lang')}").attrib.update({qn("w:val"): "en-US", qn("w:eastAsia"): "zh-CN"})
    settings = document.settings.element
    settings.find(qn("w:themeFontLang")).set(qn("w:eastAsia"), "zh-CN")
    fonts = next(rel.target_part for rel in part.rels.values() if rel.reltype.endswith("/fontTable"))
    known = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in KNOWN_AS.items()
    )
    fonts._blob = fonts.blob.replace(b"</w:fonts>", f"{known}</w:fonts>".encode())


def _styles(document: Any, styles: dict[str, Style]) -> None:
    for name, one in styles.items():
        style = document.styles["Normal"] if name == "Normal" else document.styles.add_style(name, 1)
        style.font.size, style.font.bold, style.font.name = Pt(one.size), one.bold, one.font
        properties = style.element.get_or_add_rPr()
        properties.get_or_add_rFonts().set(qn("w:eastAsia"), one.font)
        form = style.paragraph_format
        form.space_before, form.space_after = Pt(one.above), Pt(one.after)
        form.line_spacing = Pt(one.line) if one.line else Twips(LINE)
        form.first_line_indent = _indent(one)
        form.keep_with_next = bool(one.level or one.keep)
        form.widow_control = False
        form.alignment = WD_ALIGN_PARAGRAPH.CENTER if one.centred else WD_ALIGN_PARAGRAPH.LEFT
        for off in ("autoSpaceDE", "autoSpaceDN", "snapToGrid"):
            style.element.get_or_add_pPr().append(parse_xml(f'<w:{off} {nsdecls("w")} w:val="0"/>'))
        _ordered(style.element.pPr)
        closer = CLOSER if one.size == 16 and not one.line else 0
        properties.append(parse_xml(f'<w:spacing {nsdecls("w")} w:val="{closer}"/>'))
        _ordered(properties)
        if one.level:
            style.element.pPr.append(parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="{one.level - 1}"/>'))
        if name == "Jieyue Foot":
            rule = '<w:top w:val="single" w:sz="4" w:space="4" w:color="000000"/>'
            style.element.pPr.append(parse_xml(f"<w:pBdr {nsdecls('w')}>{rule}</w:pBdr>"))
            _ordered(style.element.pPr)
        if name != "Normal":
            style.quick_style = True


def _indent(style: Style) -> Length:
    return (INDENT if style.size == 16 else Pt(2 * style.size)) if style.indent else Pt(0)


#: The order in which the standard wants the properties that are set here.
_ORDER = (
    "keepNext", "widowControl", "pBdr", "tabs", "autoSpaceDE", "autoSpaceDN", "snapToGrid", "spacing", "ind", "jc",
    "outlineLvl",
)  # fmt: skip
_RUN_ORDER = ("rFonts", "b", "bCs", "color", "spacing", "kern", "sz", "szCs", "lang")


def _ordered(properties: Any) -> None:
    order = _RUN_ORDER if properties.tag == qn("w:rPr") else _ORDER
    place = {qn(f"w:{name}"): number for number, name in enumerate(order)}
    assert all(one.tag in place for one in properties), [one.tag for one in properties]
    properties[:] = sorted(properties, key=lambda one: place[one.tag])


def _signature(document: Any, sheet: Sheet) -> None:
    names = FORM_SIGNATURE if sheet.form else SIGNATURE
    section = document.sections[0]
    whole = section.page_width - section.left_margin - section.right_margin
    line = document.add_paragraph("\t".join(f"{name}：" for name in names), style="Jieyue Sign")
    if not sheet.form:
        line.paragraph_format.space_before = Twips(LINE)
    for number in range(1, len(names)):
        line.paragraph_format.tab_stops.add_tab_stop(whole * number // len(names), WD_TAB_ALIGNMENT.LEFT)
    if not sheet.form:
        seal = document.add_paragraph("（印章）　　　　年　　月　　日", style="Jieyue Sign")
        seal.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        seal.paragraph_format.right_indent = INDENT
        seal.paragraph_format.space_before = seal.paragraph_format.space_after = Twips(LINE)


def _page(document: Any, sheet: Sheet) -> None:
    section = document.sections[0]
    sides = (Mm(297), Mm(210)) if sheet.wide else (Mm(210), Mm(297))
    section.orientation = WD_ORIENT.LANDSCAPE if sheet.wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = sides
    top, left, right, bottom = sheet.margins
    section.top_margin, section.left_margin = Mm(top), Mm(left)
    section.right_margin, section.bottom_margin = Mm(right), Mm(bottom)
    section.header_distance = Mm(top - 8 - 5)
    section.footer_distance = Mm(bottom - 7 - 5)
    document.settings.odd_and_even_pages_header_footer = True
    for header in (section.header, section.even_page_header):
        header.paragraphs[0].style = "Jieyue Foot"
        header.paragraphs[0].text = "{{ marks() }}"
        header.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _plain(header.paragraphs[0])
    _page_numbers(section)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = parse_xml(f"<w:docGrid {nsdecls('w')}/>")
        section._sectPr.append(grid)
    for name in (qn("w:type"), qn("w:charSpace")):
        grid.attrib.pop(name, None)
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(LINE))


def _plain(paragraph: Any) -> None:
    """No rule above a line that has the style of the foot, and the letters of a mark."""
    paragraph._p.get_or_add_pPr().append(parse_xml(f'<w:pBdr {nsdecls("w")}><w:top w:val="nil"/></w:pBdr>'))
    paragraph._p.pPr[:] = sorted(
        paragraph._p.pPr, key=lambda one: [qn("w:pStyle"), qn("w:pBdr"), qn("w:jc")].index(one.tag)
    )
    for run in paragraph.runs:
        run.font.size, run.font.name = Pt(10.5), HEI
        run._r.rPr.rFonts.set(qn("w:eastAsia"), HEI)


def _page_numbers(section: Any) -> None:
    """Outside, one character from the edge."""
    for footer, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        paragraph = footer.paragraphs[0]
        paragraph.style = "Normal"
        paragraph.alignment = side
        paragraph.paragraph_format.line_spacing = Pt(16)
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
        for xml in _PAGE_NUMBER:
            paragraph._p.append(parse_xml(xml))


def _run(inside: str) -> str:
    font = '<w:rFonts w:ascii="宋体" w:hAnsi="宋体" w:eastAsia="宋体"/>'
    look = f'<w:rPr>{font}<w:spacing w:val="0"/><w:sz w:val="28"/></w:rPr>'
    return f"<w:r {nsdecls('w')}>{look}{inside}</w:r>"


_PAGE_NUMBER = (
    _run('<w:t xml:space="preserve">— </w:t>'),
    _run('<w:fldChar w:fldCharType="begin"/>'),
    _run('<w:instrText xml:space="preserve"> PAGE </w:instrText>'),
    _run('<w:fldChar w:fldCharType="separate"/>'),
    _run("<w:t>1</w:t>"),
    _run('<w:fldChar w:fldCharType="end"/>'),
    _run('<w:t xml:space="preserve"> —</w:t>'),
)

if __name__ == "__main__":
    main()
