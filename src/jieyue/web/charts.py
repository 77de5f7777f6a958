"""The geometry of a dashboard's charts, drawn on the server as SVG: no script, they print, colours are the page's own.

A picture is a list of shapes with classes (`charts.css` colours them); the table under each says the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from itertools import groupby

from jieyue.web.pictures import round_step

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 760, 72, 12, 22, 28
HEIGHT = 250
_HAN, _LATIN = 12.5, 7.0  # how wide a character is, about


@dataclass(frozen=True)
class Rect:
    """A bar. css: its classes; hatch: drawn as provisional or missing instead; words: what a pointer on it reads."""

    x: float
    y: float
    width: float
    height: float
    css: str
    hatch: bool = False
    words: str = ""


@dataclass(frozen=True)
class Line:
    """A path."""

    path: str
    css: str


@dataclass(frozen=True)
class Dot:
    """A circle; words as above."""

    x: float
    y: float
    radius: float
    css: str
    words: str = ""


@dataclass(frozen=True)
class Text:
    """Words at a place; anchor as in SVG."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    css: str = ""


@dataclass(frozen=True)
class Picture:
    """A chart as it is drawn. name: unique on its page."""

    name: str
    width: int
    height: int
    rects: Sequence[Rect] = ()
    lines: Sequence[Line] = ()
    dots: Sequence[Dot] = ()
    texts: Sequence[Text] = ()


@dataclass(frozen=True)
class Column:
    """A month of columns: now None and open: it lies ahead; now None: nothing was reported, `gap` says so. band: the
    first, middle and last value of a band behind it."""

    label: str
    now: Fraction | None
    then: Fraction | None
    words: str
    provisional: bool = False
    ahead: bool = False
    gap: str = ""
    band: tuple[Fraction, Fraction, Fraction] | None = None


@dataclass(frozen=True)
class _Scale:
    """Values from zero to a round top, upward."""

    top: Decimal
    step: Decimal

    def y(self, value: Fraction | Decimal) -> float:
        share = float(value) / float(self.top)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    @property
    def base(self) -> float:
        return self.y(Fraction(0))

    def grid(self) -> tuple[list[Line], list[Text]]:
        lines, texts, mark = [], [], Decimal(0)
        while mark <= self.top:
            lines.append(Line(f"M{LEFT} {self.y(mark)}H{WIDTH - RIGHT}", "p-grid"))
            texts.append(Text(LEFT - 8, self.y(mark) + 4, f"{mark.normalize():,f}", "end"))
            mark += self.step
        return lines, texts


def _scale(values: Sequence[Fraction | None]) -> _Scale | None:
    known = [value for value in values if value is not None]
    if not known or max(known) <= 0:
        return None
    highest = Decimal(max(known).numerator) / Decimal(max(known).denominator)
    step = round_step(highest)
    return _Scale(step * (highest / step).to_integral_value(ROUND_CEILING), step)


def columns(name: str, months: Sequence[Column]) -> Picture | None:
    """This year's columns over the outline of last year's, from zero; None where nothing is known."""
    scale = _scale([value for month in months for value in (month.now, month.then, *(month.band or ())[2:])])
    if scale is None:
        return None
    lines, texts = scale.grid()
    rects: list[Rect] = []
    pitch = (WIDTH - LEFT - RIGHT) / len(months)
    for place, month in enumerate(months):
        left = LEFT + place * pitch
        middle = round(left + pitch / 2, 1)
        texts.append(Text(middle, HEIGHT - BOTTOM + 18, month.label))
        if month.band is not None:
            low, half, high = (scale.y(value) for value in month.band)
            wide = round(pitch * 0.92, 1)
            from_left = round(left + pitch * 0.04, 1)
            rects.append(Rect(from_left, high, wide, round(low - high, 1), "p-box"))
            rects.append(Rect(from_left, half, wide, 1.5, "p-middle"))
        if month.now is not None:
            rects.append(_bar(scale, left + pitch * 0.24, pitch * 0.52, month.now, "p-now", month))
        if month.then is not None:
            rects.append(_bar(scale, left + pitch * 0.12, pitch * 0.76, month.then, "p-then", month))
    texts += _gaps(months, pitch, scale.base - 6)
    return Picture(name, WIDTH, HEIGHT, rects, lines, (), texts)


def _gaps(months: Sequence[Column], pitch: float, y: float) -> Iterator[Text]:
    """What stands where nothing was reported: in each month, or once in the middle of several whose words are wider
    than a month; where they have no room at all, a dash (the table says it)."""

    def at(first: int, count: int, text: str) -> Text:
        return Text(round(LEFT + (first + count / 2) * pitch, 1), y, text, css="p-gap")

    for text, run in groupby(enumerate(months), lambda one: _gap(one[1])):
        places = [place for place, _month in run]
        if not text:
            continue
        if long(text) <= pitch:
            yield from (at(place, 1, text) for place in places)
        elif long(text) <= pitch * len(places):
            yield at(places[0], len(places), text)
        else:
            yield from (at(place, 1, "—") for place in places)


def _gap(month: Column) -> str:
    return month.gap if month.now is None and not month.ahead else ""


def _bar(scale: _Scale, x: float, width: float, value: Fraction, css: str, month: Column) -> Rect:
    top = scale.y(value)
    hatch = month.provisional and css == "p-now"
    return Rect(round(x, 1), top, round(width, 1), round(scale.base - top, 1), css, hatch, month.words)


@dataclass(frozen=True)
class Curve:
    """Amounts at the end of each month, None: missing. css: how its line and dots look; loose: the places of those
    that are not final, to which no line is drawn."""

    name: str
    css: str
    values: Sequence[Fraction | None]
    words: Sequence[str]
    loose: frozenset[int] = frozenset()


def progress(
    name: str, labels: Sequence[str], curves: Sequence[Curve], even: Fraction | None, limit: Fraction | None
) -> Picture | None:
    """Curves over the months of a year from zero. even: where an even year ends, a straight line; limit: a level."""
    scale = _scale([*(value for curve in curves for value in curve.values), even, limit])
    if scale is None:
        return None
    lines, texts = scale.grid()
    pitch = (WIDTH - LEFT - RIGHT) / len(labels)

    def x(month: int) -> float:  # the end of the month, 0: the year's beginning
        return round(LEFT + month * pitch, 1)

    texts += [Text(x(place + 1), HEIGHT - BOTTOM + 18, label) for place, label in enumerate(labels[:-1])]
    texts.append(Text(x(len(labels)), HEIGHT - BOTTOM + 18, labels[-1], "end"))
    if even is not None:
        lines.append(Line(f"M{x(0)} {scale.base}L{x(len(labels))} {scale.y(even)}", "p-even"))
    if limit is not None:
        lines.append(Line(f"M{x(0)} {scale.y(limit)}H{x(len(labels))}", "p-limit"))
    dots: list[Dot] = []
    for curve in curves:
        firm = [None if place in curve.loose else value for place, value in enumerate(curve.values)]
        lines.append(Line(_path(firm, x, scale), curve.css))
        dots += [
            Dot(
                x(place + 1),
                scale.y(value),
                3.5,
                "p-open" if place in curve.loose else curve.css,
                curve.words[place],
            )
            for place, value in enumerate(curve.values)
            if value is not None
        ]
    return Picture(name, WIDTH, HEIGHT, (), lines, dots, texts)


def _path(values: Sequence[Fraction | None], x: Callable[[int], float], scale: _Scale) -> str:
    """A line from the beginning of the year; it breaks where a value is missing."""
    parts, drawn = [f"M{x(0)} {scale.base}"], True
    for place, value in enumerate(values):
        if value is not None:
            parts.append(f"{'L' if drawn else 'M'}{x(place + 1)} {scale.y(value)}")
        drawn = value is not None
    return "".join(parts)


@dataclass(frozen=True)
class Slice:
    """A part of a whole [%]."""

    name: str
    share: Fraction | None
    css: str
    words: str


_ROW, _NAME = 46, 52


def long(text: str) -> float:
    """How much room words take, about."""
    return sum(_LATIN if character.isascii() else _HAN for character in text)


def shares(name: str, rows: Sequence[tuple[str, Sequence[Slice]]]) -> Picture | None:
    """Bars of 100 %, one a row, the parts in their fixed order with their words where they have room."""
    if not any(part.share for _, parts in rows for part in parts):
        return None
    rects, texts = [], []
    room = WIDTH - _NAME - RIGHT
    for place, (label, parts) in enumerate(rows):
        top, at = 6 + place * _ROW, Fraction(0)
        texts.append(Text(_NAME - 8, top + 21, label, "end"))
        for part in parts:
            if not part.share:
                continue
            x, wide = _NAME + float(at) * room / 100, float(part.share) * room / 100
            rects.append(Rect(round(x, 1), top, round(max(wide, 0.5), 1), 32, part.css, words=part.words))
            if wide > long(part.name) + 8:
                texts.append(Text(round(x + wide / 2, 1), top + 21, part.name, css=f"on {part.css}"))
            at += part.share
    return Picture(name, WIDTH, 6 + _ROW * len(rows), rects, (), (), texts)


def stacks(name: str, columns: Sequence[tuple[str, Sequence[Slice]]]) -> Picture | None:
    """Columns of 100 %, one a month, the parts from below in their order."""
    if not any(part.share for _, parts in columns for part in parts):
        return None
    scale = _Scale(Decimal(100), Decimal(25))
    lines, texts = scale.grid()
    rects: list[Rect] = []
    pitch = (WIDTH - LEFT - RIGHT) / max(len(columns), 6)
    for place, (label, parts) in enumerate(columns):
        left, at = LEFT + place * pitch, Fraction(0)
        texts.append(Text(round(left + pitch / 2, 1), HEIGHT - BOTTOM + 18, label))
        for part in parts:
            if not part.share:
                continue
            top = scale.y(at + part.share)
            rects.append(
                Rect(
                    round(left + pitch * 0.18, 1),
                    top,
                    round(pitch * 0.64, 1),
                    round(scale.y(at) - top, 1),
                    part.css,
                    part.css == "p-missing",
                    part.words,
                )
            )
            at += part.share
    return Picture(name, WIDTH, HEIGHT, rects, lines, (), texts)


def strip(name: str, rows: Sequence[tuple[str, Fraction, str]], least: Fraction) -> Picture | None:
    """A line a row from 0 to 100 with a dot at its share [%]; least: where enough begins."""
    if not rows:
        return None
    left, row = 190, 26
    room = WIDTH - left - 60
    height = 14 + row * len(rows) + BOTTOM

    def x(share: Fraction) -> float:
        return round(left + float(share) * room / 100, 1)

    lines = [Line(f"M{x(least)} 6V{height - BOTTOM}", "p-limit")]
    texts = [Text(x(Fraction(mark)), height - 8, f"{mark}%") for mark in (0, 25, 50, 75, 100)]
    dots = []
    for place, (label, share, words) in enumerate(rows):
        y = 20 + place * row
        lines.append(Line(f"M{left} {y}H{left + room}", "p-grid"))
        texts.append(Text(left - 10, y + 4, _shortened(label), "end"))
        dots.append(Dot(x(share), y, 5.5, "p-this" if share >= least else "p-short", words))
        texts.append(Text(WIDTH - 4, y + 4, words.rpartition(" ")[2], "end"))
    return Picture(name, WIDTH, height, (), lines, dots, texts)


def _shortened(label: str, most: float = 170) -> str:
    """A name that fits into its room; the table has it whole."""
    if long(label) <= most:
        return label
    kept = label
    while kept and long(kept) > most - _HAN:
        kept = kept[:-1]
    return f"{kept}…"
