"""What a circular on the quality of reporting 报送质量通报 is written from.

A month is itself; a year is its months and the yearly returns: every return that was due of one of them counts.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Q

from jieyue.apps.accounts.queries import FigureRow, figures
from jieyue.apps.obligations.board import Line, board_of
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.progress import Behind, Counts, lateness
from jieyue.apps.papers.content import Kind, Number, Status
from jieyue.apps.papers.numbers import count, count_share, threshold
from jieyue.apps.papers.words import authority_zh
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.returns.cells import NOT_USED, parse
from jieyue.apps.returns.models import ReturnComment, ReturnVersion
from jieyue.apps.spotchecks.models import SpotCell, SpotItem
from jieyue.apps.trees.queries import NodeInfo, Tree, TreeView, memberships
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text

CITY = "city"


@dataclass(frozen=True)
class Checked:
    """A body's spot checks: institutions drawn, looked at, differing; cells compared, agreeing."""

    body: NodeInfo
    drawn: int
    looked: int
    differing: int
    cells: int
    agreeing: int


@dataclass(frozen=True)
class Mended:
    """An item of the returns that were published again: how many of them changed it.

    both: how many have a number at first and now, first, now: the sums of these. stated, withdrawn: how many had none
    at first, have none now.
    """

    item: str
    both: int = 0
    first: Fraction = Fraction(0)
    now: Fraction = Fraction(0)
    stated: int = 0
    withdrawn: int = 0

    @property
    def returns(self) -> int:
        """How many changed it."""
        return self.both + self.stated + self.withdrawn

    def with_change(self, before: Fraction | None, after: Fraction | None) -> "Mended":
        """And a return that changed it from one number to another; None: no number."""
        if before is None:
            return replace(self, stated=self.stated + 1)
        if after is None:
            return replace(self, withdrawn=self.withdrawn + 1)
        return replace(self, both=self.both + 1, first=self.first + before, now=self.now + after)


@dataclass(frozen=True)
class Facts:
    """Everything of one body and one period, as of one publication and one day.

    lines: the body with all below it, then those directly below. sent_back, mended_of: returns by the body of the
    line that collects them.
    """

    top: NodeInfo
    line: TreeView
    period: Period
    months: Sequence[Period]
    sequence: int
    lines: Sequence[Line]
    behind: Sequence[tuple[Period, Sequence[Behind]]]
    late: Counter[str]
    completeness: FigureRow
    sent_back: Counter[int]
    mended_of: Counter[int]
    mended: Sequence[Mended]
    checks: Sequence[Checked]

    @property
    def is_city(self) -> bool:
        """Whether the paper is the authority's own."""
        return self.top == self.line.root

    @property
    def scope(self) -> str:
        """The scope of the paper."""
        return CITY if self.is_city else f"line:{self.top.code}"

    @property
    def body_name(self) -> str:
        """Whose paper it is."""
        return authority_zh() if self.is_city else self.top.name_zh

    @property
    def whole_name(self) -> str:
        """What its numbers are of."""
        return "全市" if self.is_city else self.top.name_zh

    @property
    def scope_words(self) -> str:
        """The view 口径 with its code."""
        return "全市（报送口径）" if self.is_city else f"{self.body_name}报送口径（{self.scope}）"

    @property
    def synthetic(self) -> bool:
        """Whether the home's data are synthetic."""
        return bool(settings.JIEYUE_HOME.synthetic)

    @property
    def whole(self) -> Counts:
        """The counts of the body with all below it."""
        return self.lines[0].counts if self.lines else Counts()

    def inside(self, counted: Counter[int], line: Line) -> int:
        """How many of a count hang at a line's body or, unless it is the body's own, below it."""
        if line.node == self.top.id and not line.own:
            return counted.total()
        nodes = {line.node} if line.own else self.line.subtree(line.node)
        return sum(number for node, number in counted.items() if node in nodes)

    def counted(self, value: int, unit: str, what: str, where: str = "board", scope: str = "") -> Number:
        """A count. where: the list that it is read from."""
        asked = scope or self.scope
        return count(value, unit, what, asked, str(self.period), self.receipt(where, asked))

    def share(self, part: int, whole: int, what: str, where: str = "board", scope: str = "") -> Number:
        """A share of two counts in per cent."""
        asked = scope or self.scope
        return count_share(part, whole, what, asked, str(self.period), self.receipt(where, asked))

    def summed(self, value: Fraction | None, text: str, unit: str, what: str) -> Number:
        """A sum over the versions of returns that were published again, or a share of such sums."""
        status = Status.MISSING if value is None else Status.FINAL
        receipt = self.receipt("corrections", self.scope)
        return Number(text, unit, what, self.scope, str(self.period), value, receipt, status, Kind.COUNT)

    def receipt(self, where: str, scope: str) -> str:
        """Where a count stands: a list of a form, period and body as of a publication."""
        return f"{where}/{self.form}/{self.period}/{scope}@{self.sequence}"

    @cached_property
    def form(self) -> str:
        """The form of the accounts."""
        return home_plan().method.account_form

    @property
    def threshold(self) -> Number:
        """The completeness from which figures are final."""
        return threshold()


def facts_of(top: NodeInfo, line: TreeView, period: Period, today: date, sequence: int) -> Facts:
    """The facts of a body's month or year. Raises what figures raise."""
    form = home_plan().method.account_form
    months = period.months() if period.kind_letter == "M" else (*period.months(), period)
    inside = None if top == line.root else line.subtree(top.id)
    boards = [board_of(form, each, today, top, line) for each in months]
    late: Counter[str] = Counter()
    for each in months:
        late += lateness(form, str(each), inside)
    versions, back = _versions(form, months, sequence), _sent_back(form, months)
    bodies = _bodies({*versions, *back}, form, sequence, inside)
    scope = CITY if top == line.root else f"line:{top.code}"
    mended = [one for one in versions if one in bodies]
    return Facts(
        top=top,
        line=line,
        period=period,
        months=months,
        sequence=sequence,
        lines=_added([board.lines for board in boards]),
        behind=[
            (each, board.progress.of_kind("missing")) for each, board in zip(months, boards, strict=True)
        ],
        late=late,
        completeness=figures([scope], str(period), indicators=["completeness"], sequence=sequence)[0],
        sent_back=Counter(bodies[one] for one in back if one in bodies),
        mended_of=Counter(bodies[one] for one in mended),
        mended=_mended([versions[one] for one in mended]),
        checks=_checks(form, period, months, line, line.subtree(top.id)),
    )


class _Return(NamedTuple):
    """A return: its row, who files it, of which period."""

    row: int
    subject: int
    period: str


def _bodies(
    returns: Collection[_Return], form: str, sequence: int, inside: frozenset[int] | None
) -> dict[_Return, int]:
    """The body that collects each return: its obligation's, as on the board, wherever the institution is by now.

    Of a return without an obligation, where the institution hung on the period's last day. inside: these bodies alone.
    """
    owed = Obligation.objects.filter(
        form=form, period__in={one.period for one in returns}, filed__id__in=[one.row for one in returns]
    )
    known = dict(owed.values_list("filed__id", "body"))
    found = {one: known[one.row] for one in returns if one.row in known}
    left: dict[str, list[_Return]] = {}
    for one in returns:
        if one.row not in known:
            left.setdefault(one.period, []).append(one)
    for period, rows in left.items():
        places = memberships([one.subject for one in rows], Period.parse(period).last_day, sequence)
        hung = {one: places[one.subject].get(Tree.LINE) for one in rows}
        found |= {one: node for one, node in hung.items() if node is not None}
    return {one: node for one, node in found.items() if inside is None or node in inside}


def _added(boards: Sequence[Sequence[Line]]) -> list[Line]:
    """The lines of several boards as one; a body that has nothing to collect in a month adds nothing."""
    found: dict[tuple[int, bool], Line] = {}
    for line in (line for lines in boards for line in lines):
        key = (line.node, line.own)
        if key not in found:
            found[key] = Line(line.node, line.code, line.name_zh, line.name_en, Counts(), line.own)
        one = found[key].counts
        one += line.counts
    first = list(found.values())[:1]
    own = [line for line in found.values() if line.own]
    return first + own + [line for line in list(found.values())[1:] if not line.own]


def _sent_back(form: str, months: Sequence[Period]) -> list[_Return]:
    """Each return that was sent back at least once."""
    rows = ReturnComment.objects.exclude(code="").filter(
        parent__form=form, parent__period__in=[str(each) for each in months]
    )
    told = rows.order_by().values_list("parent", "parent__subject", "parent__period")
    return [_Return(*one) for one in told.distinct()]


Cells = Mapping[str, tuple[int, int]]


def _versions(form: str, months: Sequence[Period], sequence: int) -> dict[_Return, tuple[Cells, Cells]]:
    """First and present cells of each return that was published more than once."""
    rows = ReturnVersion.objects.filter(
        parent__form=form, parent__period__in=[str(each) for each in months], seq__lte=sequence
    )
    again = rows.filter(number__gt=1).values("parent")
    each: dict[_Return, list[str]] = {}
    told = rows.filter(parent__in=again).order_by("parent", "number")
    columns = told.values_list("parent", "parent__subject", "parent__period", "cells")
    for row, subject, period, cells in columns:
        each.setdefault(_Return(row, subject, period), []).append(cells)
    return {one: (parse(all_of[0]), parse(all_of[-1])) for one, all_of in each.items()}


def _mended(pairs: Sequence[tuple[Cells, Cells]]) -> list[Mended]:
    """What was changed, by item; from a number to another, or a number that came or went."""
    found: dict[str, Mended] = {}
    for first, now in pairs:
        for code in first.keys() | now.keys():
            before, after = _value(first, code), _value(now, code)
            if before != after:
                found[code] = found.get(code, Mended(code)).with_change(before, after)
    return [found[code] for code in sorted(found)]


def _value(cells: Cells, code: str) -> Fraction | None:
    value, origin = cells.get(code, (0, NOT_USED))
    return None if origin == NOT_USED else Fraction(fixed_text(value))


def _checks(
    form: str, period: Period, months: Sequence[Period], line: TreeView, nodes: frozenset[int]
) -> list[Checked]:
    """Spot checks of the period and its months, by the body that collects the return."""
    periods = {str(period), *(str(each) for each in months)}
    items = SpotItem.objects.filter(check_of__form=form, check_of__period__in=periods).order_by()
    looked = Count("pk", filter=~Q(outcome=SpotItem.Outcome.NONE))
    wrong = Count("pk", filter=Q(outcome=SpotItem.Outcome.DIFFERS))
    found: dict[str, Counter[str]] = {}
    for stratum, drawn, seen, differing in items.values_list("stratum").annotate(
        drawn=Count("pk"), looked=looked, wrong=wrong
    ):
        one = found.setdefault(stratum.partition("/")[0], Counter())
        one += Counter(drawn=drawn, looked=seen, differing=differing)
    cells = SpotCell.objects.filter(item_of__check_of__form=form, item_of__check_of__period__in=periods)
    for stratum, all_of, right in (
        cells.order_by()
        .values_list("item_of__stratum")
        .annotate(all_of=Count("pk"), right=Count("pk", filter=Q(agrees=True)))
    ):
        one = found.setdefault(stratum.partition("/")[0], Counter())
        one += Counter(cells=all_of, agreeing=right)
    names = ("drawn", "looked", "differing", "cells", "agreeing")
    known = [(line.by_code[code], one) for code, one in sorted(found.items()) if code in line.by_code]
    return [Checked(node, *(one[name] for name in names)) for node, one in known if node.id in nodes]
