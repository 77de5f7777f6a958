"""Small pictures drawn on the server as SVG: no script, they print, and the table beside says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from itertools import pairwise

from jieyue.apps.targets.queries import PlanStatusRow

_WIDTH, _MARGIN = 230, 12
_STEP_WIDTH, _STEP_MARGIN = 160, 4


@dataclass(frozen=True)
class Bullet:
    """Places [px] on a line of `width`: base, path, target, actual (None: no data); `good_*`: where it is kept."""

    width: int
    base: float | None
    path: float | None
    target: float
    actual: float | None
    good_x: float
    good_width: float
    kept: bool


def bullet(row: PlanStatusRow) -> Bullet | None:
    """Positions of an indicator's values on one line; None if the plan prints no target."""
    if row.target is None:
        return None
    target = Decimal(row.target)
    base, path, actual = (None if t is None else Decimal(t) for t in (row.base, row.path, row.actual))
    known = [value for value in (base, path, target, actual) if value is not None]
    low, high = min(known), max(known)
    room = (high - low) * Decimal("0.12") or abs(target) * Decimal("0.05") or Decimal(1)
    low, high = low - room, high + room

    def place(value: Decimal | None) -> float | None:
        if value is None:
            return None
        return round(float((value - low) / (high - low)) * (_WIDTH - 2 * _MARGIN) + _MARGIN, 1)

    at = place(target)
    assert at is not None, "the target is a number"
    upward = row.target_op == ">=" or (row.target_op == "=" and base is not None and target > base)
    return Bullet(
        width=_WIDTH,
        base=place(base),
        path=place(path),
        target=at,
        actual=place(actual),
        good_x=at if upward else _MARGIN,
        good_width=(_WIDTH - _MARGIN - at) if upward else at - _MARGIN,
        kept=row.status in ("met", "on_path"),
    )


@dataclass(frozen=True)
class Bar:
    """One column of a chart; height None: missing, drawn as a gap with the word."""

    x: float
    width: float
    y: float
    height: float | None
    label: str
    text: str
    provisional: bool

    @property
    def middle(self) -> float:
        """Where its words stand."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class Bars:
    """A column chart with its zero line; gridlines as (y, text); breaks: where the axis leaves years out."""

    width: int
    height: int
    base: float
    bars: tuple[Bar, ...]
    grid: tuple[tuple[float, str], ...]
    breaks: tuple[float, ...]


Point = tuple[str, Decimal | None, str, bool]


def bars(points: Sequence[Point | None], *, width: int = 760, height: int = 220) -> Bars | None:
    """Columns from zero for (label, value, text, provisional); None where no value is known.

    A point that is None breaks the axis: something lies between its neighbours that is not drawn.
    """
    known = [point[1] for point in points if point is not None and point[1] is not None]
    if not known or max(known) <= 0:
        return None
    left, right, top, bottom = 64, 8, 20, 24
    step = round_step(max(known))
    peak = step * (max(known) / step).to_integral_value(ROUND_CEILING)
    scale = Decimal(height - top - bottom) / peak
    pitch = (width - left - right) / len(points)
    base = height - bottom
    drawn, breaks = [], []
    for index, point in enumerate(points):
        if point is None:
            breaks.append(round(left + (index + 0.5) * pitch, 1))
            continue
        label, value, text, provisional = point
        tall = None if value is None else round(float(value * scale), 1)
        drawn.append(
            Bar(
                x=round(left + index * pitch + pitch * 0.2, 1),
                width=round(pitch * 0.6, 1),
                y=round(base - (tall or 0), 1),
                height=tall,
                label=label,
                text=text,
                provisional=provisional,
            )
        )
    lines = []
    mark = Decimal(0)
    while mark <= peak:
        lines.append((round(float(base - mark * scale), 1), f"{mark.normalize():,f}"))
        mark += step
    return Bars(width, height, base, tuple(drawn), tuple(lines), tuple(breaks))


def round_step(highest: Decimal) -> Decimal:
    """A step of 1, 2 or 5 times a power of ten that gives two to five gridlines."""
    power = Decimal(10) ** (highest.adjusted() - 1)
    for times in (1, 2, 5, 10, 20, 50):
        step = power * times
        if highest / step <= 5:
            return step
    return power * 100


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall on a line of `width`: from where the bars above it ended; zero: where nothing changes."""

    width: int
    zero: float
    x: float
    long: float


def waterfall(parts: Sequence[Fraction | None], total: Fraction | None) -> list[Step | None]:
    """A bar for each part, one behind the other, and last the bar of their total from zero; None: no amount.

    >>> [(step.x, step.long) for step in waterfall([Fraction(-3), Fraction(1)], Fraction(-2))]
    [(4.0, 152.0), (4.0, 50.7), (54.7, 101.3)]
    """
    ends, at = [Fraction(0)], Fraction(0)
    for part in parts:
        at += part or 0
        ends.append(at)
    low, high = min(ends), max(ends)
    room = (high - low) or Fraction(1)

    def place(value: Fraction) -> float:
        return round(float((value - low) / room) * (_STEP_WIDTH - 2 * _STEP_MARGIN) + _STEP_MARGIN, 1)

    def step(start: Fraction, end: Fraction) -> Step:
        left, right = sorted((place(start), place(end)))
        return Step(_STEP_WIDTH, place(Fraction(0)), left, round(right - left, 1))

    steps = [
        None if part is None else step(start, end)
        for part, (start, end) in zip(parts, pairwise(ends), strict=True)
    ]
    return [*steps, None if total is None else step(Fraction(0), total)]
