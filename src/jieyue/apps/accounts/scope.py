"""Which figures a person may see: by the reporting line. Deny by default; not there and not allowed look the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from jieyue.apps.accounts.models import Run
from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import asked, grants_of, is_limited, limited_verbs, verbs_of
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.registry.queries import number_of
from jieyue.apps.registry.scope import Read, Reads, hanging_at, institutions_for, line_nodes, nodes_in_being
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree, TreeView
from jieyue.domain.derived import DerivedId, Op, Peers, is_derived
from jieyue.domain.period import Period
from jieyue.domain.receipt import ReceiptError, ReceiptId

VIEW = "view"


@dataclass(frozen=True)
class Access:
    """Verbs of the person, the nodes of the reporting line to look at, and the institutions granted singly.

    whole: the person sees the authority's root, and with it every scope. Who sees only a part of the line sees
    `line:` scopes below it and no area, department or type: the difference would show what is not theirs.
    limited: verbs of the grants that count for some forms or periods only; they open the page of that work, and
    `asked` says what they give there.
    """

    user: Any
    verbs: frozenset[str]
    roles: tuple[str, ...]
    whole: bool
    line: frozenset[str]
    tops: tuple[str, ...]
    leaves: frozenset[int]
    read: Read | None = None
    limited: frozenset[str] = frozenset()

    @property
    def known(self) -> Read:
        """What the request has read, for who asks about institutions; of nobody, nothing."""
        return self.read or Read((), last_done())

    def may(self, verb: str) -> bool:
        """Whether the person may do this anywhere."""
        return verb in self.verbs

    def may_somewhere(self, verb: str) -> bool:
        """Whether the person may do this for some form and period at least."""
        return verb in self.verbs or verb in self.limited

    def may_for_all(self, verb: str) -> bool:
        """Whether the person may do this for the whole authority: for what the line does not divide, as its log."""
        if self.read is None or verb not in self.verbs:
            return False
        root = tree_view(Tree.LINE, self.read.sequence).root
        return root is not None and any(
            grant.node == root.id and verb in verbs_of(grant) for grant in self.read.grants
        )

    def asked(self, form: str, period: str) -> "Access":
        """What the person may do and see of one form and period, limited grants included."""
        if self.read is None or not any(is_limited(grant) for grant in self.read.grants):
            return self
        return _access(self.user, replace(self.read, grants=asked(self.read.grants, form, period)))

    @cached_property
    def reads(self) -> Reads | None:
        """Whether he may read an institution's return of a form and period; None: nothing that he holds is limited."""
        if self.read is None or not any(is_limited(grant) for grant in self.read.grants):
            return None
        asked_once = cache(self.asked)
        return lambda number, form, period: asked_once(form, period).sees_institution(number)

    def unlimited(self) -> "Access":
        """Without what holds for some forms and periods only: programs get nothing of it."""
        if self.read is None or not any(is_limited(grant) for grant in self.read.grants):
            return self
        own = [grant for grant in self.read.grants if not is_limited(grant)]
        return _access(self.user, replace(self.read, grants=own))

    def of_account(self, period: Period) -> "Access":
        """What the person may see of the period's figures, which are made of the form that the plan accounts by."""
        return self.asked(home_plan().method.account_form, str(period))

    def sees(self, scope: str, day: date | None = None) -> bool:
        """Whether a scope is the person's to see.

        day: whose codes count, as the figure asked for takes them; a code may have passed to another institution.
        """
        if self.whole:
            return True
        kind, _, code = scope.partition(":")
        if kind == "institution":
            return self.institution(code, day) is not None
        return kind == "line" and code in self.line

    def institution(self, code: str, day: date | None = None) -> int | None:
        """The identifier of an institution that the person may see, by its code on the day (default today)."""
        number = number_of(code, day) if self.read is None else self.read.called(code, day)
        return number if number is not None and self.sees_institution(number) else None

    def sees_receipt(self, text: str) -> bool:
        """Whether the figure of a receipt is the person's to see; who a code stands for is said by its period.

        A derived figure is theirs who may see all that it is made of. A rank is theirs who may see the ranked figure:
        it says nothing of another but that there are so many. A quantile of a type, of ten or more, is of everybody who
        may see anything.
        """
        if is_derived(text):
            return self._sees_derived(text)
        try:
            wanted = ReceiptId.parse(text)
        except ReceiptError:
            return False
        run = Run.objects.filter(pk__startswith=wanted.run).first()
        if run is None:
            return self.sees(wanted.scope)
        period = Period.parse(run.key["period"])
        return self.of_account(period).sees(wanted.scope, period.last_day)

    def _sees_derived(self, text: str) -> bool:
        try:
            name = DerivedId.parse(text)
        except ReceiptError:
            return False
        if name.op is Op.QUANTILE and not name.figures:
            return VIEW in self.verbs
        groups = [] if name.op is Op.RANK else [part for part in name.parts if isinstance(part, Peers)]
        above = ["city" if group.below == "city" else f"{group.tree}:{group.below}" for group in groups]
        each = {(figure.run, figure.scope): figure for figure in name.figures}
        figures = all(self.sees_receipt(str(figure)) for figure in each.values())
        return figures and all(self.sees(scope) for scope in above)

    def sees_institution(self, number: int) -> bool:
        """Whether an institution is the person's to see."""
        if VIEW not in self.verbs:
            return False
        if self.whole or number in self.leaves:
            return True
        hangs = self.read is not None and self.read.hangs_at(
            number, self._nodes, settings.JIEYUE_HOME.today()
        )
        return hangs or number in self._seen

    def own(self, numbers: Sequence[int]) -> list[int]:
        """Those of the institutions that the person may see, in the same order."""
        if self.whole or VIEW not in self.verbs or self.read is None:
            return list(numbers) if self.whole else []
        nodes = line_nodes(self.user, VIEW, read=self.read)
        seen = self.leaves | hanging_at(numbers, nodes, settings.JIEYUE_HOME.today())
        if not seen.issuperset(numbers):  # of others the whole list says: ended ones, those filed for
            seen |= self._seen
        return [number for number in numbers if number in seen]

    @cached_property
    def _nodes(self) -> set[int]:
        """Nodes of the reporting line in being whose institutions the person sees."""
        return set() if self.read is None else nodes_in_being(VIEW, settings.JIEYUE_HOME.today(), self.read)

    @cached_property
    def _seen(self) -> frozenset[int]:
        """Institutions of who sees only a part; asked once, for one page asks several times."""
        if VIEW not in self.verbs:
            return frozenset()
        return frozenset(institutions_for(self.user, read=self.read).values_list("pk", flat=True))


NOBODY = Access(None, frozenset(), (), False, frozenset(), (), frozenset())


def access_for(user: User | AnonymousUser, sequence: int) -> Access:
    """The person's access as of a publication, read from the grants in force now; never kept longer."""
    return _access(user, Read(grants_of(user), sequence))


def _access(user: Any, read: Read) -> Access:
    grants, sequence = read.grants, read.sequence
    if not grants:
        return replace(NOBODY, user=user)
    allowed = [(grant, verbs_of(grant)) for grant in grants]
    verbs = frozenset(verb for _, own in allowed for verb in own)
    nodes = {grant.node for grant, own in allowed if VIEW in own}
    line = tree_view(Tree.LINE, sequence)
    tops = [line.nodes[node] for node in sorted(nodes & line.nodes.keys())]
    root = line.root
    whole = root is not None and root.id in nodes
    below = {line.nodes[node].code for top in tops for node in line.subtree(top.id)}
    return Access(
        user=user,
        verbs=verbs,
        roles=tuple(dict.fromkeys(grant.role for grant in grants)),
        whole=whole,
        line=frozenset(below),
        tops=tuple(top.code for top in _highest(line, tops)),
        leaves=frozenset(nodes - line.nodes.keys()),
        read=read,
        limited=frozenset(verb for grant in grants for verb in limited_verbs(grant)),
    )


def _highest(line: TreeView, tops: list[Any]) -> list[Any]:
    """Granted nodes that no other granted node contains."""
    ids = {top.id for top in tops}
    return [top for top in tops if not any(step.id in ids for step in line.path(top.id)[:-1])]
