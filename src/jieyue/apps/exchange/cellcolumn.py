"""One column of cells to stored quantities: the fast way for spreadsheet numbers, the careful way for text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.numbers import (
    NO_DATA_WORDS,
    Number,
    Refusal,
    clean,
    float_number,
    half_width,
    number_of,
    parse_number,
    stored,
)
from jieyue.apps.exchange.profile import Column, MappingProfile
from jieyue.apps.exchange.reader import Cell, Odd, is_filled, text_of
from jieyue.domain.quantity import LARGEST, SCALE

MISSING, TYPED, DECLARED, NOT_USED = 0, 3, 5, 9
_SIMPLE = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,4}))?")
#: Whole numbers below this are exact as floats and have one decimal form of 15 digits.
_EXACT = 10**15


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words that stand for no value. All compared by `key`."""

    null: frozenset[str]
    not_used: frozenset[str]
    clear: frozenset[str]
    first: bool = field(default=False)
    """True if some word is itself a number (as −999), so that words are looked up before numbers."""

    @classmethod
    def of(cls, profile: MappingProfile, column: Column) -> "Tokens":
        """The words of a profile and of one of its columns."""
        null = frozenset(map(key, (*profile.null_tokens, *column.null_tokens)))
        not_used = frozenset(map(key, profile.not_used_tokens))
        clear = frozenset(map(key, profile.clear_tokens))
        numeric = any(isinstance(parse_number(word), Number) for word in null | not_used | clear)
        return cls(null, not_used, clear, numeric)

    def meaning(self, text: str) -> str | None:
        """``null``, ``not_used``, ``clear`` or None."""
        word = key(text)
        if word in self.null:
            return "null"
        if word in self.not_used:
            return "not_used"
        return "clear" if word in self.clear else None


@dataclass(slots=True)
class Converted:
    """A column of stored quantities: ten-thousandths in the item's unit, origins (0 missing, 9 not used),
    where a cell is to be cleared, where rounding to 4 decimals changed the value, and refusals by place."""

    values: NDArray[np.int64]
    origins: NDArray[np.uint8]
    clears: NDArray[np.bool_]
    rounded: NDArray[np.bool_]
    refused: list[tuple[int, str]]


def convert(
    cells: Sequence[Cell], factor: Fraction, tokens: Tokens, *, origin: int = TYPED, percent: bool = False
) -> Converted:
    """Convert a column. `factor` turns the file's unit into the item's, exactly."""
    count = len(cells)
    result = Converted(
        np.zeros(count, np.int64),
        np.zeros(count, np.uint8),
        np.zeros(count, np.bool_),
        np.zeros(count, np.bool_),
        [],
    )
    is_float = np.fromiter((type(cell) is float for cell in cells), np.bool_, count)
    careful: Iterable[int] = range(count)
    if is_float.any() and not tokens.first:
        done = _fast(cells, is_float, factor, result)
        result.origins[done] = origin
        careful = np.flatnonzero(~done)
    said: dict[str, tuple[int, bool] | str | Refusal] = {}
    for place in map(int, careful):
        cell = cells[place]
        if cell is None:
            continue
        _one(place, cell, factor, tokens, result, said, origin=origin, percent=percent)
    negative = np.flatnonzero(result.values < 0)
    result.refused += [(int(place), "negative") for place in negative]
    return result


def _fast(
    cells: Sequence[Cell], is_float: NDArray[np.bool_], factor: Fraction, result: Converted
) -> NDArray[np.bool_]:
    """Spreadsheet numbers of at most 4 decimals, all at once; gives the places that were done.

    x × 10⁴ is rounded to a whole number r; if r ÷ 10⁴ is x again and |r| < 10¹⁵, then r × 10⁻⁴ is the one
    decimal of at most 15 digits that x stands for: exact. Then r × numerator ÷ denominator, half to even.
    """
    numbers = np.fromiter((cell if type(cell) is float else 0.0 for cell in cells), np.float64, len(cells))
    numbers = np.where(np.abs(numbers) < _EXACT, numbers, np.nan)
    scaled = np.rint(numbers * SCALE)
    top, bottom = factor.numerator, factor.denominator
    if top >= 2**31 or bottom >= 2**31:
        return np.zeros(len(cells), np.bool_)
    done = is_float & (np.abs(scaled) < min(_EXACT, 2**61 // top)) & (scaled / SCALE == numbers)
    whole = np.where(done, scaled, 0.0).astype(np.int64) * top
    if bottom != 1:
        quotient, rest = np.divmod(whole, bottom)
        up = (rest * 2 > bottom) | ((rest * 2 == bottom) & (quotient & 1 == 1))
        whole = quotient + up
        result.rounded |= done & (rest != 0)
    done &= np.abs(whole) <= LARGEST
    result.values[done] = whole[done]
    return done


def _one(
    place: int,
    cell: Cell,
    factor: Fraction,
    tokens: Tokens,
    result: Converted,
    said: dict[str, tuple[int, bool] | str | Refusal],
    *,
    origin: int,
    percent: bool,
) -> None:
    if isinstance(cell, str):
        if not is_filled(cell):
            return
        match = None if tokens.first or factor != 1 else _SIMPLE.fullmatch(cell)
        if match:
            whole, part = match.groups("")
            result.values[place], result.origins[place] = int(whole) * SCALE + int(part.ljust(4, "0")), origin
            return
    outcome = said.get(cell) if isinstance(cell, str) else None
    if outcome is None:
        outcome = read_cell(cell, factor, tokens, percent=percent)
        if isinstance(cell, str):
            said[cell] = outcome  # 不使用 stands in half of a city's cells
    if isinstance(outcome, Refusal):
        result.refused.append((place, outcome.code))
    elif outcome == "clear":
        result.clears[place] = True
    elif outcome == "not_used":
        result.origins[place] = NOT_USED
    elif isinstance(outcome, tuple):
        result.values[place], result.rounded[place] = outcome
        result.origins[place] = origin


def read_cell(
    cell: Cell, factor: Fraction, tokens: Tokens, *, percent: bool = False
) -> tuple[int, bool] | str | Refusal:
    """One filled cell: (ten-thousandths, rounded), or ``null``, ``not_used``, ``clear``, or why not."""
    text = text_of(cell)
    if tokens.first or (isinstance(cell, Odd) and cell.kind == "error"):
        meaning = tokens.meaning(text)
        if meaning:
            return meaning
    number = number_of(cell, percent=percent)
    if isinstance(number, Refusal):
        return _word(text, number, tokens) if isinstance(cell, str) else number
    outcome = stored(number, factor)
    if isinstance(outcome, tuple) and outcome[1] and isinstance(cell, float):
        # 0.30000000000000004 is what a spreadsheet computes and shows as 0.3: no rounding worth a note.
        shown = float_number(float(f"{cell:.15g}"))
        again = stored(shown, factor) if isinstance(shown, Number) else outcome
        return outcome[0], again[1] if isinstance(again, tuple) else True
    return outcome


def _word(text: str, refusal: Refusal, tokens: Tokens) -> str | Refusal:
    meaning = tokens.meaning(text)
    if meaning:
        return meaning
    return Refusal("null_token_unlisted") if half_width(clean(text)).lower() in NO_DATA_WORDS else refusal
