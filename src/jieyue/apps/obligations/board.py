"""The board 报送进度: a body and those directly below it with their counts, and who is to be reminded, by name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.progress import Counts, progress
from jieyue.apps.obligations.queries import WORDS, is_outstanding, is_overdue, standing
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.queries import codes_of, names_of
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import NodeInfo, Tree, TreeView
from jieyue.domain.period import Period

#: Whom the list names: due is past and nothing came; it is with the institution again; nothing is handed in.
KINDS = ("overdue", "outstanding", "missing")


@dataclass(frozen=True)
class Line:
    """One row: a body with all below it; own: only what the body collects itself."""

    node: int
    code: str
    name_zh: str
    name_en: str
    counts: Counts
    own: bool = False
    below: bool = False

    @property
    def numbers(self) -> tuple[int, ...]:
        """In the order of the table's columns."""
        one = self.counts
        return (
            one.due,
            one.none,
            one.draft,
            one.submitted,
            one.returned,
            one.approved,
            one.overdue,
            one.late,
        )

    def as_dict(self) -> dict[str, object]:
        """For JSON. completeness: approved ÷ due, as the figures have it; exact, as two numbers."""
        said = vars(self.counts) | {"collected": self.counts.collected, "missing": self.counts.missing}
        return {
            "node": self.code,
            "name": self.name_zh,
            "name_en": self.name_en,
            "own": self.own,
            **said,
            "completeness": [self.counts.approved, self.counts.due],
        }


def line_of(period: Period) -> TreeView:
    """The reporting line on the period's last day."""
    return tree_view(Tree.LINE, last_done(), period.last_day)


def board_of(form: str, period: Period, today: date, *, node: int | None = None) -> list[Line]:
    """The body (default: the root) with all below it, what it collects itself, and each body directly below.

    Bodies that have nothing to collect are left out. Empty where the period is not open.
    """
    line = line_of(period)
    top = line.nodes.get(node) if node is not None else line.root
    if top is None:
        return []
    inside = None if top == line.root else line.subtree(top.id)
    each = progress(form, str(period), today, inside)
    if not each:
        return []
    whole = Counts()
    for count in each.values():
        whole += count
    lines = [_line(top, whole)]
    if top.id in each and len(each) > 1:
        lines.append(_line(top, each[top.id], own=True))
    for child in line.children(top.id):
        count = Counts()
        for step in line.subtree(child.id):
            if step in each:
                count += each[step]
        if count.due:
            lines.append(_line(child, count, below=bool(line.children(child.id))))
    return lines


def _line(node: NodeInfo, counts: Counts, *, own: bool = False, below: bool = False) -> Line:
    return Line(node.id, node.code, node.name_zh, node.name_en, counts, own, below)


@dataclass(frozen=True)
class Missing:
    """An institution that is to be reminded of one return."""

    institution: int
    code: str
    name: str
    node: int
    body: str
    body_en: str
    instance: str
    state: str
    due: date
    overdue: bool

    @property
    def words(self) -> tuple[str, str]:
        """The state in Chinese and English."""
        return WORDS[self.state]

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "institution": self.code,
            "name": self.name,
            "body": self.body,
            "instance": self.instance,
            "state": self.state,
            "due": self.due.isoformat(),
            "overdue": self.overdue,
        }


def missing_rows(
    form: str, period: Period, today: date, bodies: Collection[int] | None, kind: str
) -> QuerySet[Obligation]:
    """The obligations of a kind of KINDS at these bodies (None: at all)."""
    rows = Obligation.objects.filter(form=form, period=str(period))
    if bodies is not None:
        rows = rows.filter(body__in=bodies)
    not_in = Q(filed__id__isnull=True) | Q(filed__state__in=("draft", "returned"))
    return rows.filter(
        {"overdue": is_overdue(today), "outstanding": is_outstanding(), "missing": not_in}[kind]
    )


def name_rows(
    rows: QuerySet[Obligation], period: Period, today: date, start: int = 0, end: int | None = None
) -> list[Missing]:
    """The window of the rows with names, by body and institution."""
    line = line_of(period)
    found = list(standing(rows, today).order_by("body", "subject", "instance")[start:end])
    numbers = {row.subject for row in found}
    codes, names = codes_of(numbers, period.last_day), names_of(numbers, period.last_day)
    return [_missing(row, codes, names, line) for row in found]


def _missing(row: Any, codes: dict[int, str], names: dict[int, str], line: TreeView) -> Missing:
    body = line.nodes.get(row.body)
    return Missing(
        row.subject,
        codes.get(row.subject, ""),
        names.get(row.subject, ""),
        row.body,
        body.name_zh if body else "",
        (body.name_en or body.name_zh) if body else "",
        row.instance,
        row.state,
        row.due,
        row.overdue,
    )


def names_late(
    form: str, period: Period, today: date, *, node: int | None = None, kind: str = "overdue"
) -> Sequence[Missing]:
    """Who is to be reminded below a body (default: everybody)."""
    line = line_of(period)
    bodies = None if node is None else line.subtree(node) if node in line.nodes else frozenset()
    return name_rows(missing_rows(form, period, today, bodies, kind), period, today)
