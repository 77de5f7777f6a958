"""What a template's own expressions are filled with: figures and changes of the paper's scope and publication."""

from jieyue.apps.accounts.change_document import comparable_indicators
from jieyue.apps.accounts.changes import changes
from jieyue.apps.accounts.queries import FigureRow, figures
from jieyue.apps.papers.content import Cell, Number, Paper
from jieyue.apps.papers.numbers import alike, change_said, figure, large_shape, on_year
from jieyue.apps.papers.word import Source
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period

#: Word of a template → the period that it means, from the paper's own.
PERIODS = {
    "month": ("本期", "the paper's period"),
    "ytd": ("本年累计", "the year to date"),
    "month-1y": ("上年同期", "the same period a year before"),
    "ytd-1y": ("上年同期累计", "the year to date a year before"),
    "previous": ("上期", "the period before"),
    "year-1y": ("上年全年", "the whole year before"),
}
KINDS = {
    "yoy": ("同比", "on last year"),
    "mom": ("环比", "on the period before"),
    "lfl": ("可比", "like for like"),
}


class ExpressionError(DomainError):
    """An expression of a template that means nothing: unknown code, period or kind of change."""


def source_of(paper: Paper) -> Source:
    """Figures and changes of a paper's scope."""

    def row(code: str, period: str) -> FigureRow:
        (found,) = figures([paper.scope], period, indicators=[code], sequence=paper.sequence)
        return found

    def told(code: str, period: str, _scope: str = "") -> Number:
        now = row(code, period_of(paper.period, period))
        return figure(now, large_shape(now))

    def moved(code: str, period: str, kind: str) -> Cell:
        now = Period.parse(period_of(paper.period, period))
        before = now.previous() if kind == "mom" else now.previous_year()
        pair = row(code, str(now)), row(code, str(before))
        if kind == "lfl":
            known = code in comparable_indicators(str(now), sequence=paper.sequence)
            asked = [code] if known else []
            found = changes(paper.scope, asked, str(before), str(now), sequence=paper.sequence)
            return change_said("", alike(next(iter(found), None), *pair))
        return change_said("", on_year(*pair, kind))

    return Source(told, moved)


def period_of(own: str, word: str) -> str:
    """The period that a template's word means in a paper of a period. Raises ExpressionError."""
    period = Period.parse(own)
    to_date = Period.of_range(Period.of_month(period.year, 1), period)
    meant = {
        "month": period,
        "ytd": to_date,
        "month-1y": period.previous_year(),
        "ytd-1y": to_date.previous_year(),
        "previous": period.previous(),
        "year-1y": Period.of_year(period.year - 1),
    }
    if word not in meant:
        raise ExpressionError(
            "unknown_period",
            zh=f"没有“{word}”这个期间；可写 {'、'.join(meant)}",
            en=f"no period {word!r}; write one of {', '.join(meant)}",
        )
    return str(meant[word])
