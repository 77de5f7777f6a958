"""The board 报送进度: a body and those directly below it with their counts, and who is to be reminded, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.progress import Behind, Counts, Progress, progress
from jieyue.apps.obligations.queries import WORDS
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.queries import labels_of
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


def line_of(period: Period, sequence: int | None = None) -> TreeView:
    """The reporting line on the period's last day; sequence: as the caller has read it already."""
    return tree_view(Tree.LINE, last_done() if sequence is None else sequence, period.last_day)


@dataclass(frozen=True)
class Board:
    """The body's lines (itself with all below it, what it collects itself, each body below), and who is behind."""

    lines: Sequence[Line]
    progress: Progress

    @property
    def whole(self) -> Counts | None:
        """The counts of the body with all below it; None where the period is not open there."""
        return self.lines[0].counts if self.lines else None


def board_of(form: str, period: Period, today: date, top: NodeInfo, line: TreeView) -> Board:
    """The board of a body on the line. Bodies that have nothing to collect are left out."""
    inside = None if top == line.root else line.subtree(top.id)
    found = progress(form, str(period), today, inside)
    each = found.counts
    if not each:
        return Board((), found)
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
            lines.append(_line(child, count))
    return Board(lines, found)


def _line(node: NodeInfo, counts: Counts, *, own: bool = False) -> Line:
    return Line(node.id, node.code, node.name_zh, node.name_en, counts, own)


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
    reminded_at: datetime | None = None

    def named(self, chinese: bool) -> str:
        """Its name, with the room where the form is filed by room."""
        if not self.instance:
            return self.name
        return f"{self.name}（机房 {self.instance}）" if chinese else f"{self.name} (room {self.instance})"

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


def name_rows(form: str, period: Period, rows: Sequence[Behind], line: TreeView) -> list[Missing]:
    """Those who are behind with names and due days, in the order given."""
    numbers = {row.subject for row in rows}
    labels = labels_of(numbers, period.last_day)
    owed = Obligation.objects.filter(form=form, period=str(period), subject__in=numbers)
    dues = {
        (subject, instance): (due, told)
        for subject, instance, due, told in owed.values_list("subject", "instance", "due", "reminded_at")
    }
    return [_missing(row, labels, dues, line) for row in rows if (row.subject, row.instance) in dues]


def _missing(
    row: Behind,
    labels: Mapping[int, tuple[str, str]],
    dues: Mapping[tuple[int, str], tuple[date, datetime | None]],
    line: TreeView,
) -> Missing:
    body = line.nodes.get(row.body)
    code, name = labels.get(row.subject, ("", ""))
    due, told = dues[row.subject, row.instance]
    return Missing(
        row.subject,
        code,
        name,
        row.body,
        body.name_zh if body else "",
        (body.name_en or body.name_zh) if body else "",
        row.instance,
        row.state,
        due,
        row.overdue,
        told,
    )
