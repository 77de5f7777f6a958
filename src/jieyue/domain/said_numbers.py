"""The numbers that a Chinese text says: digits and numerals, with sign, scale and unit; and what only looks like one.

Pure: a text in, what it says out, in the order of the text. Dates, document numbers, clauses, ordinals, names of plans
and codes are told as such; a numeral that is part of a word (一致, 进一步) is not told at all.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import zip_longest

from jieyue.domain.said_numerals import numeral_of

#: Units that a text may say beside those that its reader gives.
_PERCENT, _PER_MILLE, _POINTS = "%", "‰", "个百分点"
_COUNTED = (
    "个百分点", "百分点", "个月", "个", "年", "名", "家", "项", "次", "人次", "人", "户", "台", "辆", "处", "件",
    "份", "元", "倍", "天", "小时", "分钟", "条", "所", "座", "套", "批", "栋", "盏", "支", "吨", "千瓦时", "平方米",
    "立方米", "公里",
)  # fmt: skip
_ALIKE = {
    "百分点": _POINTS,
    "％": _PERCENT,
    "m²": "平方米",
    "m³": "立方米",
    "kW·h": "千瓦时",
    "kWh": "千瓦时",
}
_SCALES = {"百": 10**2, "千": 10**3, "万": 10**4, "亿": 10**8, "百万": 10**6, "千万": 10**7, "万亿": 10**12}
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．％－＋／（）［］", "0123456789.%-+/()[]")
_FULL_COMMA = re.compile(r"(?<=[０-９])，(?=[０-９]{3}(?![０-９]))")
_N = "[零〇一二三四五六七八九十]"
#: Before 表 they make a meter or a verb of it; behind digits they say that pieces are counted.
_METERS = "[电水仪气热油代发]"
_PIECES = "\\s*(?:[块只个台套篇幅张份万千]|\\d)"
_DASH = "[—–~～\\-－至到]+"

#: What only looks like a number, the first that fits counts: (why, pattern).
_NOT_DATA: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (why, re.compile(pattern))
    for why, pattern in (
        ("code", r"\b\d{3,4}-\d{7,8}\b"),
        ("reference", r"(?:GB|DB\d*|JJF|JJG|JR|CJ|ISO|IEC|HJ|SL)(?:/T|/Z)?\s*\d+(?:\.\d+)*(?:[—–-]\d{4})?"),
        ("reference", r"[〔\[(（【]\s*(?:19|20)\d\d\s*[〕\])）】]\s*(?:第?\s*\d+\s*号)?"),
        ("reference", r"第?\s*\d+\s*号"),
        ("date", rf"(?:19|20)\d\d\s*{_DASH}\s*(?:19|20)\d\d\s*年?"),
        ("date", r"(?:19|20)\d\d\s*([-/.])\s*\d{1,2}\s*\1\s*\d{1,2}(?![\d%.])"),
        ("date", r"(?:19|20)\d\d\s*[-/]\s*\d{1,2}(?![\d%.])"),
        ("date", rf"(?:19|20)\d\d\s*年度?(?:\s*\d{{1,2}}\s*(?:{_DASH}\s*\d{{1,2}}\s*)?月)?(?:\s*\d{{1,2}}\s*[日号])?"),
        ("date", rf"\d{{1,2}}\s*{_DASH}\s*\d{{1,2}}\s*月(?:份)?"),
        ("date", rf"\d{{1,2}}\s*月(?:份)?(?:\s*\d{{1,2}}\s*(?:{_DASH}\s*\d{{1,2}}\s*)?[日号])?"),
        ("date", r"\d{1,2}:\d\d(?::\d\d)?|\d{1,2}时(?!间)(?:\d{1,2}分(?!钟))?"),
        ("date", rf"\d{{1,2}}\s*(?:{_DASH}\s*\d{{1,2}}\s*)?日"),
        ("date", r"[一二][零〇九]" + r"[零〇一二三四五六七八九]{2}年(?:" + _N + r"{1,2}月)?(?:" + _N + r"{1,3}日)?"),
        ("date", rf"{_N}{{1,2}}月(?:份)?(?:{_N}{{1,3}}日)?"),
        ("date", r"(?:第)?[一二三四1-4]季度"),
        ("plan", r"十[一二三四五六七八九]五(?!\d)|[“\"]?\d\d五[”\"]?(?=规划|时期|期间)"),
        ("clause", r"第\s*(?:\d+|[零〇一二三四五六七八九十百]+)\s*[章节条款项编]"),
        ("clause", r"§\s*\d+(?:\.\d+)*|\d+\.\d+\.\d+(?:\.\d+)*"),
        ("ordinal", rf"(?:附?(?<!{_METERS})表|图|附件|附录|序号|编号|步骤)\s*\d+(?:\s*[-—]\s*\d+)?(?!{_PIECES})"),
        ("ordinal", r"第\s*(?:\d+|[零〇一二三四五六七八九十百千]+)"),
        ("ordinal", rf"(?:^|(?<=[，。；：、\s])){_N}{{1,3}}(?:是(?!否)|、|，)"),
        ("ordinal", rf"[(（]\s*(?:{_N}{{1,3}}|\d{{1,2}})\s*[)）](?=[^\d]|$)"),
        ("ordinal", r"^\s*\d{1,2}(?:[、．]|\.(?!\d))"),
    )
)  # fmt: skip
_DIGITS = re.compile(r"(?<![A-Za-z_\d.])(\d{1,3}(?:,\d{3})+(?!\d)|\d+)(\.\d+)?")
_CODED = re.compile(r"[A-Za-z_][A-Za-z_\d.:/-]*\d[\w.:/-]*|\d+[A-Za-z_]\w*")
_HANZI = re.compile(
    r"([零〇一二三四五六七八九十百千万两]+)分之([零〇一二三四五六七八九十百点两]+|\d+(?:\.\d+)?)|([零〇一二三四五六七八九十百千万亿两点]+)"
)
_SIGNS = {"-": -1, "−": -1, "－": -1, "负": -1, "+": 1, "＋": 1, "±": 1}
_TENTHS = "成"
#: A place alone is a number only as a part (百分之百) and where it is said to be near (近百家).
_ONE_WORD = {
    sign: (Fraction(size), Fraction(size)) for sign, size in (("百", 100), ("千", 1000), ("万", 10_000))
}
_ABOUT = ("近", "约", "超", "逾", "达")
#: Before 一 they make a word of it: 统一台账, 同一个.
_WORDS = ("进", "统", "同", "每", "另", "某", "唯", "之", "不")


@dataclass(frozen=True, slots=True)
class SaidNumber:
    """A number of a text. text: with sign, scale and unit, as it stands from start to end.

    value: in the unit without its scale (1.67万吨: 16700 吨); ‰ and 成 in per cent. step: what one of the last digit
    is worth. bare: no unit is said. why: why it is no data (date, reference, clause, ordinal, plan, code), else empty.
    """

    text: str
    start: int
    end: int
    value: Fraction
    step: Fraction
    unit: str
    why: str = ""

    @property
    def bare(self) -> bool:
        """No unit is said behind it."""
        return not self.unit


def plain_unit(unit: str) -> tuple[int, str]:
    """A unit's scale and the unit without it.

    >>> plain_unit("万吨标准煤"), plain_unit("百分点"), plain_unit("家")
    ((10000, '吨标准煤'), (1, '个百分点'), (1, '家'))
    """
    for scale in sorted(_SCALES, key=len, reverse=True):
        rest = unit[len(scale) :]
        if (
            unit not in _ALIKE
            and unit.startswith(scale)
            and not rest.startswith(("瓦", "克", "米", "卡", "帕", "焦"))
        ):
            return _SCALES[scale], _ALIKE.get(rest, rest)
    return 1, _ALIKE.get(unit, unit)


@lru_cache(maxsize=16)
def _known(units: tuple[str, ...]) -> list[str]:
    """Names of units, the longest first; a document asks for the same with each of its thousand cells."""
    return sorted({plain_unit(unit)[1] for unit in (*_COUNTED, *units)} | set(_ALIKE), key=len, reverse=True)


def said_numbers(text: str, units: Sequence[str] = ()) -> tuple[SaidNumber, ...]:
    """Every number that a text says, in its order. units: names of units beside the common ones.

    >>> [(one.value, one.unit, one.why) for one in said_numbers("2025年用电1.67万千瓦时")]
    [(Fraction(2025, 1), '', 'date'), (Fraction(16700, 1), '千瓦时', '')]
    """
    plain = _FULL_COMMA.sub(",", text).translate(_FULL_WIDTH)
    known = _known(tuple(units))
    taken = list(_not_data(plain, known))
    taken += _numerals(_Free(plain, list(taken)), known)
    found = [*taken, *_digits(_Free(plain, taken), known)]
    return tuple(_ranged(sorted(found, key=lambda one: one.start), plain))


@dataclass(frozen=True, slots=True)
class _Free:
    """A text and the places in it that are spoken for."""

    text: str
    taken: list[SaidNumber]

    def at(self, start: int, end: int) -> bool:
        """Whether a place is free."""
        return all(end <= one.start or start >= one.end for one in self.taken)


def _not_data(text: str, units: Sequence[str]) -> Iterator[SaidNumber]:
    """Dates, references, clauses, ordinals, names of plans, codes; the earlier pattern has its place."""
    free = _Free(text, [])
    for why, pattern in (*_NOT_DATA, ("code", _CODED)):
        for match in pattern.finditer(text):
            start, end = match.span()
            if not free.at(start, end) or (pattern is _CODED and _measured(match[0], units)):
                continue
            first = re.search(r"\d+", match[0])
            value = Fraction(int(first[0])) if first else Fraction(0)
            free.taken.append(SaidNumber(match[0].strip(), start, end, value, Fraction(1), "", why))
    yield from free.taken


def _measured(text: str, units: Sequence[str]) -> bool:
    """Digits with a Latin unit behind them, 3.5kWh, are no code."""
    rest = text.lstrip("0123456789.")
    return rest != text and any(rest == unit or rest.startswith(("kg", "tce", "kW")) for unit in units)


def _digits(free: _Free, units: Sequence[str]) -> Iterator[SaidNumber]:
    for match in _DIGITS.finditer(free.text):
        start, end = match.span()
        if free.at(start, end):
            decimals = len(match[2] or ".") - 1
            value = Fraction(match[0].replace(",", ""))
            yield _with_unit(free.text, start, end, value, Fraction(1, 10**decimals), units)


def _numerals(free: _Free, units: Sequence[str]) -> Iterator[SaidNumber]:
    """Chinese numerals that count something: 百分之五, 三项, 两个, 三十五万."""
    for match in _HANZI.finditer(free.text):
        start, end = match.span()
        if not free.at(start, end):
            continue
        if match[1] is not None:
            yield from _part(match)
            continue
        if start and free.text[start - 1].isdigit():
            continue  # the scale of digits: 1.67万
        yield from _numeral(free.text, start, match[3], units)


def _part(match: re.Match[str]) -> Iterator[SaidNumber]:
    """百分之五, 千分之三, 三分之一: in per cent."""
    whole, part = (_ONE_WORD.get(said) or numeral_of(said) for said in (match[1], match[2]))
    if whole is not None and part is not None and whole[0]:
        value, step = (100 * one / whole[0] for one in part)
        yield SaidNumber(match[0], *match.span(), value, step, _PERCENT)


def _numeral(text: str, start: int, numeral: str, units: Sequence[str]) -> Iterator[SaidNumber]:
    read = numeral_of(numeral)
    if read is None and text[max(0, start - 1) : start] in _ABOUT:
        read = _ONE_WORD.get(numeral)
    if read is None:
        return
    said = _with_unit(text, start, start + len(numeral), *read, units)
    number = (
        len(numeral) > 1 and any(sign in numeral for sign in "十百千万亿点") and numeral[0] not in "十百千"
    )
    word = numeral in ("一", "十") and text[max(0, start - 1) : start] in _WORDS
    if (said.unit or number) and not word:
        yield said


def _with_unit(
    text: str, start: int, end: int, value: Fraction, step: Fraction, units: Sequence[str]
) -> SaidNumber:
    """The number with what stands around it: sign, scale, unit."""
    scale, unit = 1, ""
    rest = text[end:]
    room = len(rest) - len(rest.lstrip(" \u3000\u00a0"))
    rest = rest[room:]
    word = next((one for one in sorted(_SCALES, key=len, reverse=True) if rest.startswith(one)), "")
    whole = next((one for one in units if rest.startswith(one)), "")
    if word and not whole:
        scale, rest = _SCALES[word], rest[len(word) :]
        end, room = end + room + len(word), 0
    name = next((one for one in (_PERCENT, _PER_MILLE, *units) if rest.startswith(one)), "")
    if rest.startswith(_TENTHS) and not rest.startswith(("成本", "成员", "成果", "成立", "成为")):
        name = _TENTHS
    if name:
        end += room + len(name)
        by = {_PER_MILLE: Fraction(1, 10), _TENTHS: Fraction(10)}.get(name, Fraction(1))
        value, step = value * by, step * by
        unit = _PERCENT if name in (_PER_MILLE, _TENTHS) else _ALIKE.get(name, name)
    first, sign = _sign(text, start)
    return SaidNumber(text[first:end], first, end, sign * value * scale, step * scale, unit)


def _sign(text: str, start: int) -> tuple[int, int]:
    """Where the number begins with its sign, and the sign; a dash between two numbers is none."""
    before = text[start - 1] if start else ""
    if before not in _SIGNS or not before:
        return start, 1
    if before in "-−－" and re.search(r"[\d%‰][^\s，。；、]{0,4}$", text[: start - 1]):
        return start, 1
    return start - 1, _SIGNS[before]


def _ranged(found: Sequence[SaidNumber], text: str) -> Iterator[SaidNumber]:
    """The first number of a range has the unit of the second: 3—5个."""
    for one, after in zip_longest(found, found[1:]):
        gap = text[one.end : after.start].strip() if after else ""
        if after and one.bare and not one.why and not after.why and after.unit and re.fullmatch(_DASH, gap):
            yield SaidNumber(one.text, one.start, one.end, one.value, one.step, after.unit)
        else:
            yield one
