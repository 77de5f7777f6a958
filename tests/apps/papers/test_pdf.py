"""The PDF of a paper: geometry of GB/T 9704 measured on the page, fonts, marks, rare hanzi, equal bytes."""

import ctypes
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise

import pypdfium2 as pdfium
import pytest
from pypdfium2 import raw

from jieyue.apps.papers.content import Heading, Paper, Paragraph, Status, Text
from jieyue.apps.papers.fonts import FontError, chosen
from jieyue.apps.papers.pdf import pdf_of
from tests.apps.papers.papers import DAY, FIGURE, RARE, of, table, words

MM = 72 / 25.4
HEIGHT = 297 * MM


@dataclass(frozen=True)
class Glyph:
    """A character of a page: where its origin stands from the left and the top [mm], and in which font."""

    char: str
    x: float
    y: float
    font: str


def made(paper: Paper) -> pdfium.PdfDocument:
    """The paper, read back."""
    return pdfium.PdfDocument(pdf_of(paper, author="甲局", day=DAY))


def glyphs(page: pdfium.PdfPage) -> list[Glyph]:
    """All printed characters of a page in their order."""
    text = page.get_textpage()
    found = []
    for index in range(text.count_chars()):
        char = chr(raw.FPDFText_GetUnicode(text, index))
        if char.strip():
            x, y = ctypes.c_double(), ctypes.c_double()
            raw.FPDFText_GetCharOrigin(text, index, x, y)
            name = ctypes.create_string_buffer(200)
            raw.FPDFText_GetFontInfo(text, index, name, 200, None)
            found.append(Glyph(char, x.value / MM, (HEIGHT - y.value) / MM, name.value.decode()))
    return found


def lines(found: list[Glyph]) -> dict[float, list[Glyph]]:
    """Height → the characters that stand on it, from the left."""
    rows: dict[float, list[Glyph]] = defaultdict(list)
    for glyph in found:
        rows[round(glyph.y, 1)].append(glyph)
    return {y: sorted(row, key=lambda one: one.x) for y, row in sorted(rows.items())}


def test_a_full_page_has_22_lines_of_28_characters_within_the_margins() -> None:
    page = made(of(words("甲" * 28 * 60)))[1]
    full = {y: row for y, row in lines(glyphs(page)).items() if row[0].char == "甲"}
    assert {len(row) for row in full.values()} == {28}
    assert len(full) == 22
    heights = list(full)
    steps = [after - before for before, after in pairwise(heights)]
    assert steps == pytest.approx([225 / 22] * 21, abs=0.11)
    row = full[heights[0]]
    assert row[0].x == pytest.approx(28, abs=0.3)
    assert row[-1].x - row[0].x == pytest.approx(27 * 156 / 28, abs=0.1)
    # The first line's box (16 pt, 85 % above the origin) begins 37 mm from the top; the last ends within 225 mm.
    assert heights[0] - 0.85 * 16 / MM == pytest.approx(37, abs=0.1)
    assert heights[-1] + 0.15 * 16 / MM <= 37 + 225


def test_page_numbers_stand_outside_with_dashes_seven_millimetres_below_the_text() -> None:
    document = made(of(words("甲" * 28 * 60)))
    for index, page in enumerate(document):
        y, row = max(lines(glyphs(page)).items())
        assert "".join(one.char for one in row) == f"—{index + 1}—"
        inside = (row[0].x - 28) if index % 2 else (210 - 26 - row[-1].x)
        assert inside < 14, "even pages left, odd pages right"
        assert 37 + 225 + 7 <= y <= 37 + 225 + 7 + 6


def test_every_page_of_a_sample_home_says_so_and_the_first_says_what_is_provisional() -> None:
    plain = made(of(words("甲" * 28 * 30)))
    assert all("样例数据" not in page.get_textpage().get_text_bounded() for page in plain)
    document = made(of(words("甲" * 28 * 30), table(FIGURE), synthetic=True, provisional=True))
    said = [page.get_textpage().get_text_bounded() for page in document]
    assert len(said) >= 3
    assert all("样例数据" in text and "含初步数" in text for text in said)
    assert "数据截至 2026-11-22 06:00（发布序号 17）" in "".join(said)


def test_rare_hanzi_are_printed_in_the_chosen_fonts_and_no_other_font_comes_in() -> None:
    paper = of(Heading(1, "一、" + RARE), Heading(2, "（一）" + RARE), words(RARE + "abc 123"), table(FIGURE))
    document = made(paper)
    found = [glyph for page in document for glyph in glyphs(page)]
    text = "".join(glyph.char for glyph in found)
    assert text.count("堃") >= 4
    # Characters beyond the basic plane come as two halves of UTF-16 or as one: the PDF's own text has them whole.
    assert RARE in document[0].get_textpage().get_text_range()
    roles = chosen(frozenset(family for family in ("Noto Serif CJK SC", "Noto Sans CJK SC")))
    allowed = {family.replace(" ", "") for families in roles.values() for family in families}
    names = {glyph.font.partition("+")[2].rpartition("-")[0] or glyph.font for glyph in found}
    assert {name.replace("CJKsc", "CJKSC") for name in names} <= allowed


def test_a_number_is_printed_with_unit_in_a_sentence_alone_in_a_cell_and_listed_at_the_end() -> None:
    loose = replace(FIGURE, text="7.00", status=Status.PROVISIONAL)
    document = made(of(Paragraph((Text("消费"), FIGURE, Text("。"))), table(loose), provisional=True))
    said = ["".join(page.get_textpage().get_text_bounded().split()) for page in document]
    assert "消费1,234.56吨标准煤。" in said[0]
    assert "7.00*" in said[0]
    assert "带*的是初步数" in said[0]
    assert "数据出处" in said[-1]
    assert "0123456789abcdef/line:1/energy_total_tce" in said[-1].replace("\u200b", "").replace("\ufffe", "")


def test_a_wide_table_lies_on_its_side() -> None:
    document = made(of(words("甲"), table(FIGURE, landscape=True)))
    sizes = [tuple(round(side / MM) for side in page.get_size()) for page in document]
    assert (297, 210) in sizes
    assert sizes[0] == (210, 297)


def test_the_same_content_gives_the_same_bytes() -> None:
    paper = of(words("甲乙丙"), table(FIGURE))
    assert pdf_of(paper, author="甲局", day=DAY) == pdf_of(paper, author="甲局", day=DAY)


def test_a_character_of_no_font_is_refused_and_named() -> None:
    with pytest.raises(FontError, match="no font shows") as caught:
        made(of(words("甲\U000f0000乙")))
    assert "f0000" in caught.value.message_zh
    assert "JIEYUE_FONTS" in caught.value.message_zh


def test_without_a_chinese_font_it_says_which_would_do() -> None:
    with pytest.raises(FontError, match="fonts-noto-cjk") as caught:
        chosen(frozenset({"DejaVu Sans", "Libertinus Serif"}))
    assert "Noto Serif CJK SC" in caught.value.message_zh


def test_the_customary_fonts_go_before_the_free_ones() -> None:
    roles = chosen(frozenset({"FangSong_GB2312", "SimHei", "KaiTi", "FZXiaoBiaoSong-B05S", "SimSun",
                              "Noto Serif CJK SC", "Noto Sans CJK SC"}))  # fmt: skip
    assert {role: families[0] for role, families in roles.items()} == {
        "title": "FZXiaoBiaoSong-B05S",
        "body": "FangSong_GB2312",
        "kai": "KaiTi",
        "black": "SimHei",
        "number": "SimSun",
    }
    assert all("Noto Serif CJK SC" in families for families in roles.values())
