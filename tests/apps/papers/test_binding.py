"""A paper's numbers: none without a source, all in the annex, in reading order."""

from dataclasses import replace
from fractions import Fraction

import pytest

from jieyue.apps.papers.binding import LooseNumberError, annex_of, blanks_of, checked, provisional_of
from jieyue.apps.papers.content import (
    Annex,
    Blank,
    Column,
    Heading,
    Kind,
    Number,
    Paper,
    Paragraph,
    Status,
    TableBlock,
    Text,
)

FIGURE = Number("12.34", "吨", "co2_total_t", "city", "2026-10", Fraction(1234, 100), "0123/city/co2_total_t",
                Status.FINAL, Kind.FIGURE)  # fmt: skip
SHARE = replace(FIGURE, text="5.0", unit="%", code="share", receipt="", parts=("a/city/x", "b/city/x"),
                kind=Kind.DERIVED, status=Status.PROVISIONAL)  # fmt: skip
PRINTED = replace(FIGURE, text="7", unit="%", receipt="", kind=Kind.PLAN, clause="chongqing-14fyp#1.2")


def paper(*numbers: Number) -> Paper:
    """One paragraph, one table of one row and one annex, with one number in each."""
    one, two, three = numbers
    table = TableBlock(1, "表", (Column("项"), Column("数", number=True)), (((Text("甲"),), (two,)),))
    return Paper(
        "monthly-bulletin",
        "题",
        "city",
        "市",
        "2026-10",
        3,
        (
            Heading(1, "一、情况"),
            Paragraph((Text("全市"), one)),
            Paragraph((Text("下月"), Blank("下月工作"))),
            table,
        ),
        (Annex("名单", (Paragraph((three,)),)),),
    )


def test_the_annex_lists_every_number_in_reading_order() -> None:
    rows = annex_of(paper(FIGURE, SHARE, PRINTED))
    assert [(row.no, row.place.said, row.number.said) for row in rows] == [
        (1, "一、情况 第1段", "12.34吨"),
        (2, "表1 第1行第2列", "5.0%（初步）"),
        (3, "附件1 第1段", "7%"),
    ]
    assert [row.number.sources for row in rows] == [
        ("0123/city/co2_total_t",), ("a/city/x", "b/city/x"), ("chongqing-14fyp#1.2",)]  # fmt: skip


def test_what_is_open_is_told() -> None:
    made = paper(FIGURE, SHARE, PRINTED)
    assert [(place.said, blank.said) for place, blank in blanks_of(made)] == [
        ("一、情况 第2段", "【下月工作】")
    ]
    assert [row.no for row in provisional_of(made)] == [2]


@pytest.mark.parametrize(
    "loose",
    [
        replace(FIGURE, receipt=""),
        replace(SHARE, parts=()),
        replace(SHARE, parts=("a/city/x", "")),
        replace(FIGURE, kind=Kind.COUNT, receipt=""),
        replace(PRINTED, clause=""),
        replace(FIGURE, kind=Kind.PLAN),  # a receipt is no clause
    ],
)
def test_a_number_without_source_is_refused_with_its_place(loose: Number) -> None:
    with pytest.raises(LooseNumberError, match="has no source") as caught:
        checked(paper(FIGURE, loose, PRINTED))
    assert "表1 第1行第2列" in caught.value.message_zh
    assert caught.value.data["no"] == "2"


def test_a_bound_paper_passes_and_a_row_that_is_too_short_does_not() -> None:
    made = paper(FIGURE, SHARE, PRINTED)
    assert checked(made) is made
    table = TableBlock(2, "表", (Column("项"), Column("数")), (((Text("甲"),),),))
    with pytest.raises(LooseNumberError, match="row 1 of table 2 has 1 cells"):
        checked(replace(made, blocks=(*made.blocks, table)))
