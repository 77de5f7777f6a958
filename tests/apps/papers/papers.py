"""Small papers that tests set in type, and the golden files."""

import os
import re
from datetime import date
from fractions import Fraction
from pathlib import Path

from jieyue.apps.papers.content import (
    Block,
    Column,
    Kind,
    Number,
    Paper,
    Paragraph,
    Status,
    TableBlock,
    Text,
)
from jieyue.apps.papers.figures_annex import TITLE, with_figures
from jieyue.apps.papers.plain import text_of

GOLDEN = Path(__file__).parent / "golden"

#: Hanzi of extensions A, B, E and the basic plane that papers meet in names.
RARE = "㐂𠮷𬭎喆堃"
DAY = date(2026, 11, 22)
FIGURE = Number("1,234.56", "吨标准煤", "energy_total_tce", "line:1", "2026-10", Fraction(123456, 100),
                "0123456789abcdef/line:1/energy_total_tce", Status.FINAL, Kind.FIGURE)  # fmt: skip


def of(*blocks: Block, synthetic: bool = False, provisional: bool = False) -> Paper:
    """A paper of these blocks."""
    return Paper("monthly-bulletin", "关于能源消费情况的通报", "line:1", "甲区", "2026-10", 17, blocks,
                 foot=("数据截至 2026-11-22 06:00（发布序号 17）",), synthetic=synthetic,
                 provisional=provisional)  # fmt: skip


def words(text: str) -> Paragraph:
    """A paragraph of words that starts at the margin."""
    return Paragraph((Text(text),), indent=False)


def table(*numbers: Number, landscape: bool = False) -> TableBlock:
    """A table with one row a number."""
    columns = (Column("单位", share=2), Column("能耗", "吨标准煤", number=True))
    return TableBlock(
        1, "能耗", columns, tuple(((Text(RARE),), (one,)) for one in numbers), landscape=landscape
    )


def golden(name: str, paper: Paper) -> None:
    """The text is the golden file's, apart from the instant of the publication."""
    text = re.sub(r"数据截至 [\d :-]+（发布序号 \d+）", "数据截至 TIME", text_of(paper))
    if os.environ.get("UPDATE_GOLDEN") == "1":
        (GOLDEN / name).write_text(text, encoding="utf-8")
    assert text == (GOLDEN / name).read_text(encoding="utf-8"), text
    coded = [name for name in annex_names(paper) if re.search(r"[a-z_]", name)]
    assert not coded, f"a person reads names in the annex of figures, not codes: {coded}"


def annex_names(paper: Paper) -> list[str]:
    """What each number of a paper is, as its annex of figures says."""
    last = with_figures(paper).annexes[-1:]
    if not last or last[0].title != TITLE:
        return []
    [block] = last[0].blocks
    assert isinstance(block, TableBlock)
    place = [column.title for column in block.columns].index("指标")
    return ["".join(part.said for part in row[place]) for row in block.rows]
