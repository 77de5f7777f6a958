"""What a joint review may speak of: the filed returns of a body's line against which something stands."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from jieyue.apps.jointreview.models import JointItem
from jieyue.apps.obligations.worklist import at_nodes, findings_of
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.queries import labels_of
from jieyue.apps.returns.models import Return, ReturnSnapshot, ReturnVersion
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.queries import shown
from jieyue.apps.trees.kept import tree_and_gone
from jieyue.apps.trees.queries import Tree, below, every_node, members
from jieyue.domain.period import Period

#: What may stand against a return, the worst first.
KINDS = ("errors", "unexplained", "explained")
_STANDS = (ReviewFinding.State.OPEN, ReviewFinding.State.EXPLAINED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A filed return with what stands against it; node: the body that collects it."""

    parent: int
    subject: int
    instance: str
    state: str
    node: int
    counts: tuple[int, int, int]

    def has(self, kinds: Collection[str]) -> bool:
        """Whether something of these kinds stands against it."""
        return any(count and kind in kinds for kind, count in zip(KINDS, self.counts, strict=True))


def nodes_below(body: int, period: Period) -> set[int]:
    """The body and those below it on the period's last day, those that are no more too."""
    line, gone = tree_and_gone(Tree.LINE, last_done(), period.last_day)
    nodes = set(line.subtree(body)) if body in line.nodes else set()
    return nodes | below(gone, nodes)


def candidates(nodes: Collection[int], form: str, period: Period) -> list[Candidate]:
    """The returns of the nodes that were filed and that have a finding open or explained, the worst first."""
    found = findings_of(form, str(period))
    filed = Return.objects.filter(
        form=form, period=str(period), subject_kind=Return.Subject.INSTITUTION
    ).exclude(state=Return.State.DRAFT)
    columns = ("id", "subject", "instance", "state", "node")
    made = [
        Candidate(number, subject, instance, state, node, _counts(found.get((subject, instance))))
        for number, subject, instance, state, node in at_nodes(filed, form, period).values_list(*columns)
        if node in nodes
    ]
    return sorted(
        (one for one in made if any(one.counts)), key=lambda one: ([-n for n in one.counts], one.parent)
    )


def _counts(found: Counter[str] | None) -> tuple[int, int, int]:
    known = found or Counter()
    return known["errors"], known["unexplained"], known["explained"]


def counted(rows: Iterable[Candidate]) -> dict[str, int]:
    """How many returns have something of each kind."""
    counts = Counter(kind for row in rows for kind in KINDS if row.has((kind,)))
    return {kind: counts[kind] for kind in KINDS}


def items_for(
    rows: Sequence[Candidate], nodes: Collection[int], form: str, period: Period
) -> list[JointItem]:
    """The worklist, not saved: names, bodies and findings as they are now."""
    labels = labels_of([row.subject for row in rows], period.last_day)
    bodies = {node.id: node.code for node in every_node(Tree.LINE)}
    subjects, versions = {row.subject for row in rows}, versions_of([row.parent for row in rows])
    own = subjects | set(members(nodes, Tree.LINE, period.last_day))
    said = _said(subjects, own, form, period)
    return [
        JointItem(
            place=place, parent=row.parent, subject=row.subject, instance=row.instance,
            code=labels[row.subject][0], name=labels[row.subject][1], body=bodies[row.node],
            state=row.state, version=versions.get(row.parent, ""),
            errors=row.counts[0], unexplained=row.counts[1], explained=row.counts[2],
            findings=said.get((row.subject, row.instance), []),
        )
        for place, row in enumerate(rows, start=1)
    ]  # fmt: skip


def _said(
    subjects: Collection[int], own: Collection[int], form: str, period: Period
) -> Mapping[tuple[int, str], list[dict[str, object]]]:
    """(Institution, room) → what stands against it, in words; an institution of another line is not named."""
    rows = ReviewFinding.objects.filter(form=form, period=str(period), state__in=_STANDS)
    rows = rows.exclude(severity="note").order_by("severity", "rule", "item")
    stands = [row for row in rows if row.subject in subjects]
    found: dict[tuple[int, str], list[dict[str, object]]] = {}
    words = shown(stands, lambda numbers: [number for number in numbers if number in own])
    for row, line in zip(stands, words, strict=True):
        found.setdefault((row.subject, row.instance), []).append(asdict(line))
    return found


def versions_of(parents: Collection[int]) -> dict[int, str]:
    """Return → digest of what it said when it was last sent, passed or approved, else of its published version."""
    published = Return.objects.filter(pk__in=parents).exclude(current=None)
    rows = ReturnVersion.objects.filter(pk__in=published.values("current"))
    found = dict(rows.values_list("parent_id", "digest"))
    sent = ReturnSnapshot.objects.filter(parent__in=parents).order_by("pk")
    return found | dict(sent.values_list("parent_id", "version_digest"))
