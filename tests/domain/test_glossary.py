"""The glossary is the single list: no Chinese term and no identifier stands in it for two things."""

import re
from collections import Counter
from pathlib import Path

GLOSSARY = Path(__file__).resolve().parents[2] / "docs/reference/glossary.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GLOSSARY.read_text("utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| 中文"))
]


def repeated(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def test_each_row_has_chinese_english_identifier_and_note() -> None:
    assert len(ROWS) > 150
    assert [row for row in ROWS if len(row) != 4 or not row[0] or not row[1]] == []


def test_no_term_is_explained_twice() -> None:
    assert repeated([term for row in ROWS for term in row[0].split("、")]) == []


def test_an_identifier_names_one_thing() -> None:
    assert repeated([name for row in ROWS for name in re.findall(r"`([^`]+)`", row[2])]) == []
