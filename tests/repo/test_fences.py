"""Fences of the documentation name one language and nothing else: with more words the site does not see a fence."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_fence_names_one_language(page: Path) -> None:
    opened, wrong = False, []
    for line in page.read_text("utf-8").splitlines():
        if (found := re.match(r"\s*```(.*)$", line)) is None:
            continue
        info, opened = found[1].strip(), not opened
        if info and (not opened or not re.fullmatch(r"\w+", info)):
            wrong.append(line)
    assert (wrong, opened) == ([], False)
