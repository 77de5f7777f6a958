"""The rows of a summary table in a foreign layout: which item each is and in which unit its numbers stand.

A unit is said by the row (its unit column, or a bracket behind its name), else by the headings of the columns, else by
a line above them (单位：万千瓦时). What cannot be converted, or is said twice and differently, is never taken for ours.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.exchange.header import Header
from jieyue.apps.exchange.lexicon import Lexicon, split_unit
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.numbers import half_width
from jieyue.apps.exchange.profile import Line
from jieyue.apps.exchange.reader import Sheet, is_filled, text_of
from jieyue.apps.publication.errors import RefusedError
from jieyue.catalog.model import Item

#: A unit for the whole table; not 填报单位：…, which is a body.
_BANNER = re.compile(r"(?:^|[\s(（,，;；/])(金额|计量)?单位[:：]\s*([^\s)）]+)")
_MOST, _NAMED = 500, 10
_TIMES = tuple("十百千万亿")


@dataclass(frozen=True)
class Above:
    """Units that the sheet says above its rows. money: the line above speaks of amounts of money only."""

    headings: Collection[str] = ()
    banner: str = ""
    money: bool = False


def above(sheet: Sheet, header: Header, places: Collection[int]) -> Above:
    """What stands above the columns at these places."""
    units = {one.unit for one in header.headings if one.index in places and one.unit}
    texts = [*header.banners(sheet), *(one.text for one in header.headings if one.index not in places)]
    found = next((match for text in texts if (match := _BANNER.search(half_width(text)))), None)
    return Above(units, found.group(2), found.group(1) == "金额") if found else Above(units)


def unit_of(item: Item, cells: Mapping[str, str], up: Above, lexicon: Lexicon) -> tuple[str, str]:
    """(The unit of a row, what is wrong with it as the code of a finding); blank: nobody says one, or all is well."""
    name = cells.get("item", "")
    bracket = "" if key(name) in {key(item.name_zh), key(item.name_en)} else split_unit(name)[1]
    own = [text for text in (cells.get("unit", ""), bracket) if text]
    if not item.unit:
        return _counted(own, lexicon)
    said = own or list(up.headings) or [text for text in (up.banner,) if text]
    factors = {text: lexicon.units.factor(text, item.unit, item.carrier) for text in said}
    if not own and not up.headings and up.money and "wrong_unit" in factors.values():
        return "", ""
    for text, factor in factors.items():
        if not isinstance(factor, Fraction):
            return text, factor
    beside = [
        lexicon.units.factor(text, item.unit, item.carrier) for text in (*up.headings, up.banner) if text
    ]
    known = {*factors.values(), *(one for one in beside if isinstance(one, Fraction))}
    return (said[0] if said else ""), ("wrong_unit" if len(known) > 1 else "")


def _counted(own: Sequence[str], lexicon: Lexicon) -> tuple[str, str]:
    """Of an item that is counted: a word as 家 is no unit; what multiplies it is."""
    text = own[0] if own else ""
    wrong = any(one.startswith(_TIMES) or lexicon.units.find(one) is not None for one in own)
    return text, "wrong_unit" if wrong else ""


def record_rows(
    sheet: Sheet, header: Header, items: Sequence[Item], form: str, lexicon: Lexicon, up: Above
) -> tuple[Line, ...]:
    """The sample's rows in their order, those that name no item of ours, or one again, without item.
    Raises RefusedError that names the rows whose unit cannot be converted, or whose code and name differ."""
    places = {target: one.index for one in header.headings for target in one.targets}
    below = [row for row in sheet.rows[header.end :] if any(is_filled(cell) for cell in row)]
    if len(below) > _MOST:
        raise RefusedError(
            "layout_too_long",
            zh=f"样表超过 {_MOST} 行，请只留一张综合表",
            en=f"the sample has more than {_MOST} rows: leave one summary table in it",
        )
    lines: list[Line] = []
    taken: set[str] = set()
    wrong: list[tuple[str, str]] = []
    for row in below:
        cells = {
            name: text_of(row[at]) for name, at in places.items() if at < len(row) and is_filled(row[at])
        }
        item, differs = _item(items, cells)
        label = cells.get("item") or cells.get("code", "")
        unit, code = ("", "") if item is None else unit_of(item, cells, up, lexicon)
        wrong += [
            (f"{label}: {one}", text)
            for one, text in ((unit, code), (cells.get("code", ""), differs))
            if text
        ]
        new = item is not None and item.code not in taken
        taken |= {item.code} if item is not None else set()
        ref = f"{form}:{item.code}" if item is not None and new else ""
        said = unit or cells.get("unit", "")
        lines.append(Line(item=ref, word=cells.get("item", ""), code=cells.get("code", ""), unit=said))
    if wrong:
        raise _refusal(wrong)
    return tuple(lines)


def _item(items: Sequence[Item], cells: Mapping[str, str]) -> tuple[Item | None, str]:
    """(The item of a row, "code" where its code and its name are those of different items of ours). A name beside a
    code must be known: a platform may number by itself, and its 110 need not be ours."""
    coded = [one for one in items if key(one.code) == key(cells.get("code", ""))] if "code" in cells else []
    if "item" not in cells:
        return (coded[0] if len(coded) == 1 else None), ""
    named = candidates(items, cells["item"])
    both = [one for one in coded if one in named]
    if coded and named and not both:
        return None, "code"
    found = both or named
    return (found[0] if len(found) == 1 else None), ""


def candidates(items: Sequence[Item], text: str) -> list[Item]:
    """The items of a text: of a code, else those of a name, with or without the unit in its last bracket."""
    wanted = {key(split_unit(text)[0]), key(text)} - {""}
    coded = [one for one in items if key(one.code) in wanted]
    return coded or [one for one in items if {key(one.name_zh), key(one.name_en)} & wanted]


def _refusal(wrong: Sequence[tuple[str, str]]) -> RefusedError:
    why_zh = {
        "unknown_unit": "单位不认识",
        "wrong_unit": "单位与指标或表头所说的不符",
        "code": "代码与名称不是同一指标",
    }
    why_en = {
        "unknown_unit": "the unit is not known",
        "wrong_unit": "the unit is not the item's, or not what the head says",
        "code": "code and name are different items",
    }
    named, more = wrong[:_NAMED], len(wrong) - _NAMED
    zh = "；".join(f"“{label}”{why_zh[code]}" for label, code in named)
    en = "; ".join(f"{label!r} {why_en[code]}" for label, code in named)
    return RefusedError(
        "layout_rows",
        zh=f"样表有几行对不上，没有录下：{zh}{f'；另有 {more} 行' if more > 0 else ''}。请在样表里改好再录",
        en=f"nothing was recorded, rows of the sample do not fit: {en}{f'; and {more} more' if more > 0 else ''}. "
        "Mend them in the sample and record it again",
    )
