"""Which institutions a user may see: by the reporting line, never by the map.

A municipal hospital that stands in a district reports to the city, so it is not the district's to see. What does
not exist and what is not allowed look the same. An institution that has ended stays with the body that its last
day found it at, and with those who file its months since (docs/explanation/reorganisations.md).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, DateField, Exists, OuterRef, Q, QuerySet

from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.scope import asked, grants_of, is_limited, nodes_for, verbs_of
from jieyue.apps.publication.prepared import LONGEST_LIST, Prepared
from jieyue.apps.registry.models import FilingDuty, Institution, InstitutionVersion
from jieyue.apps.registry.queries import Course, InstitutionInfo, called, course_of, institution
from jieyue.apps.trees import kept
from jieyue.apps.trees.models import Membership
from jieyue.apps.trees.queries import (
    UNIT,
    Hanging,
    Tree,
    TreeView,
    below,
    hangings,
    members,
    tree,
    tree_and_gone,
)

#: Whether a person may read an institution's return of a form and period.
Reads = Callable[[int, str, str], bool]
#: What a duty to file another's months gives: reading them, and filing them; never passing or approving.
FILING = frozenset({"view", "enter", "submit", "withdraw"})


@dataclass(frozen=True)
class Read:
    """What one request has read once: the grants in force today, the publication that it is as of, and of the
    institutions that it is about what they are called and where they hang. Never kept longer."""

    grants: Sequence[Grant]
    sequence: int
    _hangs: dict[int, Sequence[Hanging]] = field(default_factory=dict, compare=False, repr=False)
    _courses: dict[int, Course] = field(default_factory=dict, compare=False, repr=False)

    def hangs(self, number: int) -> Sequence[Hanging]:
        """Where an institution hangs, in all the trees and on every day."""
        if number not in self._hangs:
            self._hangs[number] = hangings(number)
        return self._hangs[number]

    def hangs_at(self, number: int, nodes: set[int], day: date) -> bool:
        """Whether an institution's reporting line ends at one of the nodes on the day."""
        return bool(nodes) and any(
            one.tree == Tree.LINE and one.node in nodes and one.on(day) for one in self.hangs(number)
        )

    def called(self, code: str, day: date | None = None) -> int | None:
        """The institution of a code, as `number_of`; its course is known from then on."""
        found = called(code, day)
        if found is None:
            return None
        self._courses[found[0]] = found[1]
        return found[0]

    def course(self, number: int) -> Course:
        """What an institution is called and when it is."""
        if number not in self._courses:
            self._courses[number] = course_of(number)
        return self._courses[number]


def institutions_for(
    user: User, on: date | None = None, *, verb: str = "view", read: Read | None = None
) -> QuerySet[Institution]:
    """Institutions whose reporting line ends, on the day, at a node where the user may do `verb`.

    Of one that has ended before, its last day counts; and who may file for an institution may file the months
    that it took over from others, and read them. read: what the caller has read of the user already.
    """
    day = on or settings.JIEYUE_HOME.today()
    nodes, gone, leaves = _reach(user, verb, day, read)
    if not nodes and len(leaves) <= LONGEST_LIST:
        return Institution.objects.filter(pk__in=_of_leaves(leaves, day, verb))
    return seen_at(nodes, nodes | gone, leaves, day, filing=verb in FILING)


def seen_at(nodes: Any, ever: Any, leaves: Any, day: Any, *, filing: bool = True) -> QuerySet[Institution]:
    """Institutions that hang at one of the nodes on the day, have ended at one of `ever` or are named one by one.

    filing: with those whose months one of these files. In a query that is prepared they are its slots.
    """
    own = Q(pk__in=leaves)
    filers = Q(filer__in=leaves)
    if nodes:
        line = Membership.objects.as_of().filter(tree=Tree.LINE)
        reporting = line.on(day).filter(node__in=nodes).values("institution")
        own |= Q(pk__in=reporting) | Q(pk__in=_ended(ever, day))
        filers |= Q(filer__in=reporting)
    if filing:
        own |= Q(pk__in=_taken_over(day).filter(filers).values("institution"))
    return Institution.objects.filter(own)


def view_reach(user: User, read: Read) -> tuple[set[int], set[int], set[int], date]:
    """What `seen_at` takes of who looks today: nodes in being, these with those that are no more, single ones, day."""
    day = settings.JIEYUE_HOME.today()
    nodes, gone, leaves = _reach(user, "view", day, read)
    return nodes, nodes | gone, leaves, day


def seen_of(user: User, read: Read) -> Callable[[str, str], Collection[int]] | None:
    """(form, period) → institutions whose return the user may read; None: nothing that he holds is limited to some."""
    if not any(is_limited(grant) for grant in read.grants):
        return None

    @cache
    def seen(form: str, period: str) -> Collection[int]:
        own = replace(read, grants=asked(read.grants, form, period))
        return set(institutions_for(user, read=own).values_list("pk", flat=True))

    return seen


def _of_leaves(leaves: set[int], day: date, verb: str) -> list[int]:
    """The same of who has single institutions only; theirs, and those whose months they file."""
    own = list(leaves)
    found = _EXISTING.column(ids=own)
    return found + _FILED_BY.column(filers=own, day=day) if verb in FILING else found


def hanging_at(numbers: Sequence[int], nodes: set[int], day: date) -> set[int]:
    """Those of the institutions whose reporting line ends at one of the nodes on the day."""
    return {number for number, node in _LINES.rows(ids=list(numbers), day=day) if node in nodes}


def may_at(user: User, number: int, on: date, verb: str, read: Read) -> bool:
    """Whether the institution is among `institutions_for(user, on, verb=verb)`, asked of its own rows only.

    The list of a whole city costs ten times as much; a test holds the two together.
    """
    if any(grant.node == number and verb in verbs_of(grant) for grant in read.grants):
        return True
    nodes, gone, leaves = _reach(user, verb, on, read)
    if read.hangs_at(number, nodes, on) or (
        number in leaves and Institution.objects.filter(pk=number).exists()
    ):
        return True
    if nodes and _ended(nodes | gone, on).filter(institution=number).exists():
        return True
    if verb not in FILING:
        return False
    filers = [filer for filer in _FILERS.column(number=number, day=on) if filer is not None]
    return any(filer in leaves or read.hangs_at(filer, nodes, on) for filer in filers)


def line_nodes(
    user: User, verb: str = "view", on: date | None = None, *, read: Read | None = None
) -> set[int]:
    """Nodes of the reporting line where the user may do this, with those below them that are no more."""
    nodes, gone, _ = _reach(user, verb, on or settings.JIEYUE_HOME.today(), read)
    return nodes | gone


def nodes_in_being(verb: str, day: date, read: Read) -> set[int]:
    """Nodes of the reporting line in being on the day at which `verb` is allowed: those granted and all below them."""
    line, _ = kept.tree_and_gone(Tree.LINE, read.sequence, day)
    return _and_below(line, {grant.node for grant in read.grants if verb in verbs_of(grant)})


def _and_below(line: TreeView, granted: set[int]) -> set[int]:
    return {step for node in granted & line.nodes.keys() for step in line.subtree(node)}


def _reach(user: User, verb: str, day: date, read: Read | None = None) -> tuple[set[int], set[int], set[int]]:
    """Nodes in being, nodes below them that are no more, and single institutions: as the identity's door has them,
    with the grants and the tree read once."""
    grants = grants_of(user, day) if read is None else read.grants
    granted = {grant.node for grant in grants if verb in verbs_of(grant)}
    if not granted:
        return set(), set(), set()
    if read is None:
        line, gone = tree_and_gone(Tree.LINE, day)
    else:
        line, gone = kept.tree_and_gone(Tree.LINE, read.sequence, day)
    nodes = _and_below(line, granted)
    leaves = granted - line.nodes.keys()
    if leaves:
        leaves |= set(members(leaves, UNIT, day))
    return nodes, below(gone, nodes), leaves


def _ended(nodes: Any, day: Any) -> QuerySet:
    """Institutions that hang nowhere in the line from a day up to `day` on, and hung at one of the nodes last."""
    line = Membership.objects.as_of().filter(tree=Tree.LINE)
    later = line.filter(institution=OuterRef("institution"), valid_from__gte=OuterRef("valid_to"))
    return line.filter(~Exists(later), node__in=nodes, valid_to__lte=day).values("institution")


def _taken_over(day: Any) -> QuerySet[FilingDuty]:
    """Duties in force to file the months of an institution that is no more on the day."""
    newer = FilingDuty.objects.filter(
        institution=OuterRef("institution"),
        year=OuterRef("year"),
        seq__gt=OuterRef("seq"),
        first_month__lte=OuterRef("first_month"),
        last_month__gte=OuterRef("last_month"),
    )
    being = InstitutionVersion.objects.as_of().filter(institution=OuterRef("institution"), valid_to__gt=day)
    return FilingDuty.objects.filter(~Exists(newer), ~Exists(being))


_EXISTING = Prepared(
    lambda ids: Institution.objects.filter(pk__in=ids).values_list("pk"), ids=BigIntegerField()
)
_FILED_BY = Prepared(
    lambda filers, day: _taken_over(day).filter(filer__in=filers).values_list("institution"),
    filers=BigIntegerField(),
    day=DateField(),
)
_FILERS = Prepared(
    lambda number, day: _taken_over(day).filter(institution=number).values_list("filer"),
    number=BigIntegerField(),
    day=DateField(),
)
_LINES = Prepared(
    lambda ids, day: (
        Membership.objects.as_of()
        .filter(tree=Tree.LINE, institution__in=ids)
        .on(day)
        .values_list("institution", "node")
    ),
    ids=BigIntegerField(),
    day=DateField(),
)


def whole_for(user: User, verb: str, on: date | None = None) -> bool:
    """Whether the user may do this at the root of the reporting line, and so everywhere."""
    root = tree(Tree.LINE, on).root
    return root is not None and root.id in nodes_for(user, verb, on)


def get_institution(
    user: User, number: int, on: date | None = None, *, verb: str = "view"
) -> InstitutionInfo | None:
    """The institution on the day; None if there is none, or none for this user."""
    if not institutions_for(user, on, verb=verb).filter(pk=number).exists():
        return None
    return institution(number, on)
