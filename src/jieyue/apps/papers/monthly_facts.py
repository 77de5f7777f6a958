"""What a monthly bulletin is written from: the bulletin's own numbers and those that its sentences ask for besides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.conf import settings

from jieyue.apps.accounts.queries import FigureRow, figures, run_for
from jieyue.apps.insights.bulletin import LINES, Bulletin, bulletin_of
from jieyue.apps.obligations.owing import inside_others
from jieyue.apps.papers.content import Cell, Number
from jieyue.apps.papers.monthly_basis import control_figure, electricity_said
from jieyue.apps.papers.numbers import Shape, count, count_share, large_shape, threshold
from jieyue.apps.papers.words import authority_zh
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.trees.queries import NodeInfo, Tree, TreeView, tree
from jieyue.domain.indicators import indicator_codes
from jieyue.domain.period import Period

Pair = tuple[FigureRow, FigureRow]
#: What the year's control figure is of.
CONTROLLED = "energy_total_tce"


@dataclass(frozen=True)
class Facts:
    """Everything of one body and one month, as of one publication and one day.

    members: institutions below the body that are reported inside another's return: they count and owe none.
    """

    bulletin: Bulletin
    line: TreeView
    form: str
    today: date
    sequence: int
    synthetic: bool
    institutions: FigureRow
    completeness: FigureRow
    month_before: Mapping[str, FigureRow]
    year_before: FigureRow
    shares: Sequence[Pair]
    prices: Sequence[Pair]
    members: int
    groups: Mapping[NodeInfo, Mapping[str, Pair]]
    electricity: Cell = ()
    control: Number | None = None

    @property
    def control_divisor(self) -> int:
        """By what a figure is divided to stand beside the control figure, as the plan prints it."""
        return int(next(one.scale for one in home_plan().indicators if one.code == CONTROLLED))

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """Unit → how the paper prints its own figures of that unit, by the month's first."""
        return {line.now.unit: large_shape(line.now) for line in reversed(self.bulletin.month.lines)}

    @property
    def is_city(self) -> bool:
        """Whether the paper is the authority's own."""
        return self.bulletin.scope == "city"

    @property
    def body_name(self) -> str:
        """Whose paper it is."""
        return authority_zh() if self.is_city else self.bulletin.top.name_zh

    @property
    def whole_name(self) -> str:
        """What its numbers are of, as a sentence names it."""
        return "全市" if self.is_city else self.body_name

    @property
    def scope_words(self) -> str:
        """The view 口径 with its code."""
        return "全市（报送口径）" if self.is_city else f"{self.body_name}报送口径（{self.bulletin.scope}）"

    @property
    def threshold(self) -> Number:
        """The completeness from which figures are final."""
        return threshold()

    def counted(self, value: int, unit: str, what: str, scope: str = "") -> Number:
        """A count of the board."""
        return count(value, unit, what, scope or self.bulletin.scope, self._period, self.board_receipt(scope))

    def share_of(self, part: int, whole: int, what: str, scope: str) -> Number:
        """A share of two counts of the board, in per cent."""
        return count_share(part, whole, what, scope, self._period, self.board_receipt(scope))

    def board_receipt(self, scope: str = "") -> str:
        """Where a count stands: the board of a body, as of a publication."""
        return f"board/{self.form}/{self._period}/{scope or self.bulletin.scope}@{self.sequence}"

    @property
    def units_receipt(self) -> str:
        """Where it stands who reports for whom: the reporting units of a body, as of a publication."""
        return f"reporting-units/{self._period}/{self.bulletin.scope}@{self.sequence}"

    @cached_property
    def _period(self) -> str:
        return str(self.bulletin.period)


def facts_of(top: NodeInfo, line: TreeView, month: Period, today: date, sequence: int) -> Facts:
    """The facts of a body's month. Raises what figures and changes raise."""
    found = bulletin_of(top, line, month, today, sequence)
    scope, total = found.scope, str(found.to_date.now)
    own = figures([scope], str(month), indicators=["institutions", "completeness"], sequence=sequence)
    day = month.last_day.isoformat()
    before = figures([scope], str(month.previous()), indicators=LINES, boundaries=day, sequence=sequence)
    year = str(Period.of_year(month.year - 1))
    return Facts(
        bulletin=found,
        line=line,
        form=home_plan().method.account_form,
        today=today,
        sequence=sequence,
        synthetic=settings.JIEYUE_HOME.synthetic,
        institutions=own[0],
        completeness=own[1],
        month_before={row.indicator: row for row in before if row.exact is not None},
        year_before=figures(
            [scope], year, indicators=["energy_total_tce"], boundaries=day, sequence=sequence
        )[0],
        shares=pairs_of(scope, total, "energy_share_", sequence, day),
        prices=pairs_of(scope, total, "unit_price_", sequence, day),
        members=len(inside_others(month, line.subtree(top.id), sequence=sequence)),
        groups=_groups(month, total, sequence) if scope == "city" else {},
        electricity=electricity_said(
            next(one.now for one in found.month.lines if one.indicator == "co2_total_t"), sequence
        ),
        control=control_figure(CONTROLLED, month.year) if scope == "city" else None,
    )


def pairs_of(
    scope: str, period: str, prefix: str, sequence: int, boundaries: str | None = None
) -> list[Pair]:
    """Figures of every carrier beside those of a year before; carriers that neither has are left out."""
    known = indicator_codes(run_for(period, sequence=sequence).method.account.form)
    codes = [code for code in known if code.startswith(prefix)]
    then = str(Period.parse(period).previous_year())
    now_rows, then_rows = (
        figures([scope], each, indicators=codes, boundaries=boundaries, sequence=sequence)
        for each in (period, then)
    )
    return [
        (now, before) for now, before in zip(now_rows, then_rows, strict=True) if now.exact or before.exact
    ]


def _groups(month: Period, period: str, sequence: int) -> dict[NodeInfo, dict[str, Pair]]:
    """Groups of regions directly below the root of the areas 一区两群, with energy of the year to date."""
    areas = tree(Tree.AREA, month.last_day, sequence)
    root = areas.root
    nodes = [] if root is None else [node for node in areas.children(root.id) if node.kind == "group"]
    codes = ["energy_total_tce", "completeness"]
    then, day = str(Period.parse(period).previous_year()), month.last_day.isoformat()
    scopes = [f"area:{node.code}" for node in nodes]
    sides = [
        {
            (row.scope, row.indicator): row
            for row in figures(scopes, each, indicators=codes, boundaries=day, sequence=sequence)
        }
        for each in (period, then)
    ]
    return {
        node: {code: (sides[0][scope, code], sides[1][scope, code]) for code in codes}
        for node, scope in zip(nodes, scopes, strict=True)
    }
