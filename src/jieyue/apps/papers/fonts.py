"""The fonts of a paper: which of the customary ones this machine has, with free ones to fall back on."""

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import typst

from jieyue.domain.errors import DomainError

#: role,family in order of preference; `rare` stands behind every other role.
CANDIDATES = Path(__file__).parent / "layout" / "fonts.csv"
_RARE = "rare"


class FontError(DomainError):
    """No Chinese font for a role, or no font of this machine has a character."""


def chosen(families: frozenset[str]) -> dict[str, list[str]]:
    """Role → the families to set it in, best first, then those that have rare hanzi. Raises FontError."""
    order = _candidates()
    rare = [family for family in order[_RARE] if family in families]
    found: dict[str, list[str]] = {}
    for role in order.keys() - {_RARE}:
        own = [family for family in order[role] if family in families][:1]
        if not own:
            raise _none(order[role])
        found[role] = list(dict.fromkeys(own + rare))
    return found


@lru_cache(maxsize=4)
def fonts_of(folder: str) -> tuple[typst.Fonts, Mapping[str, list[str]]]:
    """The fonts of the machine and of a folder (empty: none), and what each role is set in."""
    fonts = typst.Fonts(include_embedded_fonts=False, font_paths=[folder] if folder else [])
    return fonts, chosen(frozenset(fonts.families()))


def _candidates() -> dict[str, list[str]]:
    order: dict[str, list[str]] = {}
    with CANDIDATES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            order.setdefault(row["role"], []).append(row["family"])
    return order


def _none(wanted: list[str]) -> FontError:
    return FontError(
        "no_chinese_font",
        zh="这台机器上没有可排公文的中文字体；请装上其中一种（开源的如 Noto Serif CJK SC，软件包 fonts-noto-cjk），"
        f"或把字体文件放进一个文件夹并设 JIEYUE_FONTS。认得的字体：{'、'.join(wanted)}",
        en="this machine has no Chinese font to set papers in; install one (a free one is Noto Serif CJK SC, package "
        f"fonts-noto-cjk) or put font files into a folder and set JIEYUE_FONTS. Known: {', '.join(wanted)}",
    )
