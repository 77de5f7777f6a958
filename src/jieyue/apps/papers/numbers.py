"""Figures, changes, shares and counts as the numbers and phrases of a paper."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from jieyue.apps.accounts.changes import Change
from jieyue.apps.accounts.direction_words import PERCENT_DECIMALS as _PERCENT
from jieyue.apps.accounts.direction_words import is_level, word
from jieyue.apps.accounts.large import DECIMALS, LARGE, large_unit
from jieyue.apps.accounts.queries import FigureRow
from jieyue.apps.papers.content import Cell, Inline, Kind, Number, Status, Text
from jieyue.apps.papers.words import printed, unit_zh
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.domain.change import Relative, relative_of

UNREPORTED = "未报"
NOT_USED = "不使用"
REASONS = {"no_base": "无可比基数", "no_current": "本期缺数", "provisional": "不计算", "base": "基数不全"}


@dataclass(frozen=True)
class Shape:
    """How an indicator is printed: in which unit, by what it is divided, with how many decimals."""

    unit: str
    divisor: int
    decimals: int

    def text(self, value: Fraction) -> str:
        """The value as printed."""
        return printed(value / self.divisor, self.decimals)


def shape_of(row: FigureRow) -> Shape:
    """An indicator's own unit and decimals."""
    return Shape(unit_zh(row.unit), 1, home_catalog().indicator(row.indicator).decimals)


def large_shape(row: FigureRow) -> Shape:
    """In ten thousands where a figure is that large: one shape for all figures of its unit in a paper."""
    unit = large_unit(row.unit, row.exact)
    return Shape(unit_zh(unit), LARGE, DECIMALS) if unit else shape_of(row)


def figure(row: FigureRow, shape: Shape | None = None) -> Number:
    """A figure of the accounts; one that is missing says so."""
    own = shape or shape_of(row)
    value = row.exact
    return Number(
        text=UNREPORTED if value is None else own.text(value),
        unit=own.unit,
        code=row.indicator,
        scope=row.scope,
        period=row.period,
        value=None if value is None else value / own.divisor,
        receipt=row.receipt,
        status=Status(row.status),
        kind=Kind.FIGURE,
    )


def percent_figure(row: FigureRow) -> Number:
    """A figure that is a ratio, in per cent: completeness."""
    return figure(row, Shape("%", 1, 2)) if row.exact is None else _scaled(row)


def _scaled(row: FigureRow) -> Number:
    assert row.exact is not None
    value = row.exact * 100
    return Number(
        not_quite(value, 1), "%", row.indicator, row.scope, row.period, value, row.receipt,
        Status(row.status), Kind.FIGURE,
    )  # fmt: skip


def not_quite(value: Fraction, decimals: int) -> str:
    """What is not quite the whole never reads 100."""
    text = printed(value, decimals)
    short = value < 100 and text.startswith("100")
    return printed(100 - Fraction(1, 10**decimals), decimals) if short else text


def derived(
    code: str, value: Fraction | None, unit: str, decimals: int, rows: Sequence[FigureRow], reason: str = ""
) -> Number:
    """A figure made of figures, in the printed unit; without a value its text is the reason."""
    first = rows[0]
    worst = any(row.status == "provisional" for row in rows)
    status = Status.PROVISIONAL if worst else Status.FINAL
    return Number(
        text=reason if value is None else printed(value, decimals),
        unit=unit,
        code=code,
        scope=first.scope,
        period=first.period,
        value=value,
        receipt="",
        status=Status.MISSING if value is None else status,
        kind=Kind.DERIVED,
        parts=tuple(row.receipt for row in rows),
    )


def count(value: int, unit: str, code: str, scope: str, period: str, receipt: str) -> Number:
    """A count of the system: how many returns, how many findings."""
    return Number(f"{value:,}", unit, code, scope, period, Fraction(value), receipt, Status.FINAL, Kind.COUNT)


def count_share(part: int, whole: int, code: str, scope: str, period: str, receipt: str) -> Number:
    """A share of two counts of the system, in per cent; of none there is none."""
    value = Fraction(100 * part, whole) if whole else None
    text = "—" if value is None else not_quite(value, 1)
    status = Status.MISSING if value is None else Status.FINAL
    return Number(text, "%", code, scope, period, value, receipt, status, Kind.COUNT)


def threshold() -> Number:
    """The completeness from which figures are final: a number of the plan's package."""
    value = home_plan().method.completeness * 100
    clause = f"{home_plan().id}/plan.toml#completeness"
    return Number(
        printed(value, 0),
        "%",
        "completeness_final",
        "",
        "",
        value,
        "",
        Status.FINAL,
        Kind.PLAN,
        clause=clause,
    )


def change_number(code: str, share: Relative, rows: Sequence[FigureRow]) -> Number:
    """A relative change in per cent with its sign, for a cell; without one the reason."""
    value = None if share.value is None else share.value * 100
    reason = REASONS.get(share.reason or "", UNREPORTED)
    return derived(f"{code}({rows[0].indicator})", value, "%", _PERCENT, rows, reason)


def on_year(now: FigureRow, then: FigureRow, code: str = "yoy") -> Number:
    """As reported against another period, for a cell.

    What is not all reported is not compared with what was: only like for like is a comparison then.
    """
    partial = _partial(now, then)
    share = Relative(None, partial) if partial else relative_of(then.exact, now.exact)
    return change_number(code, share, (now, then))


def _partial(now: FigureRow, then: FigureRow) -> str:
    """Why two figures that are there do not compare: one of them is not all reported."""
    if now.exact is None or then.exact is None:
        return ""
    if now.status == "provisional":
        return "provisional"
    return "base" if then.status == "provisional" else ""


def points(now: FigureRow, then: FigureRow) -> Number:
    """The change of a share in percentage points, by the same rule."""
    value = None if now.exact is None or then.exact is None else now.exact - then.exact
    partial = _partial(now, then)
    reason = REASONS[partial or "no_base"]
    return derived(f"pp({now.indicator})", None if partial else value, "个百分点", 1, (now, then), reason)


def alike(change: Change | None, now: FigureRow, then: FigureRow) -> Number:
    """Like for like, for a cell."""
    share = Relative(None, "no_base") if change is None else change.like_for_like_relative
    return change_number("lfl", share, (now, then))


def change_said(lead: str, number: Number) -> Cell:
    """A change in a sentence: its direction is a word and its number has no sign 同比下降3.2%; without one the reason.

    A change below the last printed digit is 持平.
    """
    if number.value is None:
        return (Text(lead), number)
    return directed(lead, number, _PERCENT)


def directed(lead: str, number: Number, decimals: int) -> Cell:
    """The word and the number without its sign; beside 持平 the number stands too, so that it is bound."""
    assert number.value is not None
    said, sizeless = (
        f"{lead}{word(number.value, decimals)[0]}",
        replace(number, text=printed(abs(number.value), decimals)),
    )
    if is_level(number.value, decimals):
        return (Text(f"{said}（变动"), sizeless, Text("）"))
    return (Text(said), sizeless)


def points_said(number: Number) -> Cell:
    """The change of a share: 上升 0.3 个百分点."""
    if number.value is None:
        return (Text("变动"), number)
    return directed("", number, _PERCENT)


def joined(*parts: Inline | Cell | str) -> Cell:
    """Words, numbers and phrases one behind the other; texts that meet become one."""
    flat: list[Inline] = []
    for part in parts:
        each: tuple[Inline, ...] = (
            (Text(part),) if isinstance(part, str) else part if isinstance(part, tuple) else (part,)
        )
        for one in each:
            last = flat[-1] if flat else None
            if isinstance(one, Text) and isinstance(last, Text):
                flat[-1] = Text(last.text + one.text)
            else:
                flat.append(one)
    return tuple(flat)
