"""The formula of a virtual meter 虚拟表: a signed sum of other points with shares, as people write it.

`M1*1/2 - M2`: a sign stands at the beginning or after a space, so that codes may hold a hyphen; a share follows a `*`
as a fraction, a decimal or per cent, without one it is 1. A code with spaces or a `*` in it stands in brackets. Signs,
brackets and shares may be full-width ones, as Chinese input methods write them; within a code they are the code's own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from jieyue.domain.errors import DomainError

MOST_PARTS: Final = 64
#: The largest number below the line of a share.
FINEST: Final = 1_000_000
_WIDE: Final = str.maketrans("／％．", "/%.")
_BRACKETED: Final = re.compile(r"\[[^\[\]]*\]|［[^［］]*］")
_SIGN: Final = re.compile(r"(?:^|(?<=\s))([+＋−－-])\s*(?=\S)")
_NAME: Final = r"\[([^\[\]]+)\]|［([^［］]+)］|([^\s*＊×\[\]［］]+)"
_TERM: Final = re.compile(rf"(?:{_NAME})\s*(?:[*＊×]\s*([^\s*＊×\[\]［］]+))?\Z")
_SHARE: Final = re.compile(r"(\d{1,7}(?:\.\d{1,6})?)(?:/(\d{1,7})|(%))?\Z", re.ASCII)


@dataclass(frozen=True)
class Part:
    """A point's code, and the share of its use that counts: negative where it is taken off, never beyond 1."""

    code: str
    share: Fraction


class FormulaError(DomainError):
    """A formula that cannot be read; `data["term"]` is where."""


def _refused(code: str, term: str, zh: str, en: str) -> FormulaError:
    return FormulaError(code, zh=f"{zh}：{term}", en=f"{en}: {term}", data={"term": term})


def parse(text: str) -> tuple[Part, ...]:
    """The parts in the order written.

    >>> [(part.code, str(part.share)) for part in parse("+E-01*1/2 - [M 2]*12.5%")]
    [('E-01', '1/2'), ('M 2', '-1/8')]

    Raises FormulaError: meter_formula (not one), meter_share, meter_formula_twice.
    """
    text = text.strip()
    found = _SIGN.finditer(_BRACKETED.sub(lambda name: "_" * len(name[0]), text))
    marks: list[re.Match[str] | None] = list(found)
    begins = [mark.start() for mark in marks if mark]
    if not begins or begins[0] != 0:
        begins.insert(0, 0)
        marks.insert(0, None)
    ends = [*begins[1:], len(text)]
    parts = [
        _part(
            text[mark.end() if mark else begin : end].strip(), 1 if mark is None or mark[1] in "+＋" else -1
        )
        for mark, begin, end in zip(marks, begins, ends, strict=True)
    ]
    _sound(parts, text)
    return tuple(parts)


def _part(term: str, sign: int) -> Part:
    found = _TERM.match(term)
    if found is None:
        raise _refused("meter_formula", term, "不是计量点和份额", "not a meter and a share")
    share = Fraction(1) if found[4] is None else _share(found[4].translate(_WIDE), term)
    return Part((found[1] or found[2] or found[3]).strip(), sign * share)


def _share(text: str, term: str) -> Fraction:
    found = _SHARE.match(text)
    under = int(found[2]) if found and found[2] else 100 if found and found[3] else 1
    if found is None or not under:
        raise _refused("meter_share", term, "份额写不清", "the share cannot be read")
    share = Fraction(found[1]) / under
    if not 0 < share <= 1 or share.denominator > FINEST:
        raise _refused("meter_share", term, "份额不在 0 与 1 之间", "the share is not between 0 and 1")
    return share


def _sound(parts: Sequence[Part], text: str) -> None:
    codes = [part.code for part in parts]
    again = next((code for n, code in enumerate(codes) if code in codes[:n]), None)
    if again is not None:
        raise _refused("meter_formula_twice", again, "计量点写了两次", "a meter stands twice")
    if len(parts) > MOST_PARTS or all(part.share < 0 for part in parts):
        raise _refused("meter_formula", text[:80], "没有相加的部分或太长", "nothing is added, or too long")


def written(parts: Sequence[Part]) -> str:
    """The one way to write parts: what is added first, so that no spreadsheet takes it for a formula of its own.

    >>> written(parse("- M2 + M1*50%"))
    'M1*1/2 - M2'
    """
    added = [part for part in parts if part.share > 0]
    ordered = [*added, *(part for part in parts if part.share < 0)]
    found = ""
    for part in ordered:
        sign = " - " if part.share < 0 else " + " if found else ""
        found += sign + _name(part.code) + ("" if abs(part.share) == 1 else f"*{abs(part.share)}")
    return found


def _name(code: str) -> str:
    return f"[{code}]" if re.search(r"[\s*＊×［］]|^[+＋−－=@-]", code) else code
