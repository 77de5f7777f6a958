"""What of a sample is needed to write its layout again: the rows above the data, its own words."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from jieyue.apps.exchange.header import Header
from jieyue.apps.exchange.lexicon import Lexicon
from jieyue.apps.exchange.profile import Column, Head, MappingProfile
from jieyue.apps.exchange.reader import Cell, Sheet, is_filled, text_of

_MOST_ROWS, _SAMPLE, _MOST_WORDS = 30, 500, 60


def record(profile: MappingProfile, sheet: Sheet, header: Header, lexicon: Lexicon) -> MappingProfile:
    """The profile with what its sample shows of the way out; what it says already stays."""
    below = sheet.rows[header.end : header.end + _SAMPLE]
    places = {heading.text: heading.index for heading in header.headings}
    places |= {sheet.letter(index): index for index in range(sheet.width)}

    def cells(column: Column) -> list[Cell]:
        place = places.get(column.heading or column.letter)
        return [] if place is None else [row[place] for row in below if place < len(row)]

    by_field = {
        column.field: [text_of(one) for one in cells(column) if is_filled(one)] for column in profile.columns
    }
    words = {
        "types": _words(by_field.get("type", ()), lambda text: _type(lexicon, text)),
        "regions": _words(by_field.get("region", ()), lambda text: _region(lexicon, text)),
        "items": _words(by_field.get("item", ()), lambda text: _item(lexicon, text, profile.form)),
    }
    heads, merged = _heads(sheet, header)
    own = {name: {**found, **getattr(profile, name)} for name, found in words.items()}
    return replace(
        profile, heads=heads, merged=merged,
        types=own["types"], regions=own["regions"], items=own["items"],
    )  # fmt: skip


def _heads(sheet: Sheet, header: Header) -> tuple[tuple[Head, ...], tuple[str, ...]]:
    """The rows above the data from the first row and column of the file, and the merged cells among them."""
    if header.end + sheet.first_row - 1 > _MOST_ROWS:
        return (), ()
    blank = [""] * (sheet.first_column - 1)
    heads = [Head()] * (sheet.first_row - 1)
    for row in sheet.rows[: header.end]:
        texts = [*blank, *(text_of(cell) for cell in row)]
        while texts and not texts[-1]:
            texts.pop()
        heads.append(Head(tuple(texts)))
    merged = tuple(
        f"{sheet.letter(left)}{sheet.row_number(top)}:{sheet.letter(right)}{sheet.row_number(bottom)}"
        for top, left, bottom, right in sheet.merged
        if bottom < header.end
    )
    return tuple(heads), merged


def _words(texts: Iterable[str], meaning: Callable[[str], tuple[str, str]]) -> dict[str, str]:
    """The file's own words → what they stand for; without those that we write just so, and what is not known."""
    found = {}
    for text in dict.fromkeys(texts):
        code, usual = meaning(text)
        if code and text != usual:
            found[text] = code
    return found if len(found) <= _MOST_WORDS else {}


def _type(lexicon: Lexicon, text: str) -> tuple[str, str]:
    code = lexicon.type_code(text) or ""
    return code, lexicon.types[code].name_zh if code else ""


def _region(lexicon: Lexicon, text: str) -> tuple[str, str]:
    hit = lexicon.region(text, date.max.replace(month=1))
    code = hit.code if hit is not None and hit.in_force and not hit.replaced else ""
    return code, next((row.name for row in lexicon.regions if row.code == code), "")


def _item(lexicon: Lexicon, text: str, form: str) -> tuple[str, str]:
    found = lexicon.find_items(text, form or None)
    return (found[0].ref, found[0].ref) if len(found) == 1 else ("", "")
