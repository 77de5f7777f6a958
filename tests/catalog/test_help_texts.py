"""Help as data: a table that is not in order refuses to load and says where."""

from pathlib import Path

import pytest

from jieyue.catalog import findings, help_texts
from jieyue.catalog.loader import load_catalog
from jieyue.catalog.strict import CatalogError

HEADER = "route,what_zh,what_en,how_zh,how_en,indicators,clause,advice,changed\n"
ROOT = Path(__file__).resolve().parents[2]


def test_every_indicator_has_a_text_and_no_text_is_of_none() -> None:
    assert set(help_texts.indicators()) == set(load_catalog().indicators)


def test_every_finding_says_what_and_how_to_mend_in_both_languages() -> None:
    assert not [code for code, text in findings.texts().items() if not (text.message_zh and text.message_en)]
    halves = {code: (bool(text.mend_zh), bool(text.mend_en)) for code, text in findings.texts().items()}
    assert not [code for code, (zh, en) in halves.items() if zh != en]


def test_the_indicators_that_pages_name_are_there() -> None:
    known = load_catalog()
    for row in help_texts.pages().values():
        assert [known.indicator(code).code for code in row.indicators] == list(row.indicators), row.route


def test_the_glossary_is_that_of_the_documentation() -> None:
    found = {term.name_zh: term for term in help_texts.terms()}
    text = (ROOT / "docs/reference/glossary.md").read_text(encoding="utf-8")
    assert help_texts.GLOSSARY.read_text(encoding="utf-8") == text
    assert (found["存量"].name_en, found["存量"].group_zh) == ("stock", "报表与统计")
    assert found["存量"].note_zh == "建筑面积、用能人数、车辆，不可相加"
    assert found["存量"].note_en == "floor area, persons, vehicles: never summed over periods"


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("x,一。,,,,,survey,figure,2026-01-01", "what_en", "必填的格是空的"),
        ("x,一。,A.,怎么算,,,survey,figure,2026-01-01", "how_zh", "要么都写"),
        ("x,一。,A.,,,,GB 1,figure,2026-01-01", "clause", "GB 1"),
        ("x,一。,A.,,,,survey,nobody,2026-01-01", "advice", "nobody"),
        ("x,一。,A.,,,,survey,figure,1月", "changed", "1月"),
    ],
)
def test_a_row_that_is_not_in_order_is_refused_with_its_place(
    tmp_path: Path, row: str, column: str, said: str
) -> None:
    file = tmp_path / "pages.csv"
    file.write_text(HEADER + row + "\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"pages\.csv") as refused:
        help_texts.read_pages(file)
    assert (refused.value.row, refused.value.column) == (2, column)
    assert said in f"{refused.value.reason_zh}"


def test_a_row_of_the_glossary_with_three_cells_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "glossary.md"
    file.write_text("## 组 Group\n\n| 中文 | English |\n|---|---|\n| 甲 | a | |\n", encoding="utf-8")
    with pytest.raises(CatalogError) as refused:
        help_texts.read_terms(file)
    assert refused.value.row == 5
