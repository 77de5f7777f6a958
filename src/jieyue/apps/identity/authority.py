"""Who may make accounts, give roles and reset codes, and where. Deny by default; nothing is kept between requests."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.roles import BOUNDED, ROLES
from jieyue.apps.identity.scope import grants_of, verbs_of
from jieyue.apps.trees.queries import UNIT, Tree, members, tree

MANAGE, GRANT = "manage_reporters", "grant"
#: Roles that an administrator of reporters may give; every other one needs `grant`.
REPORTERS = frozenset({"reporter"})


@dataclass(frozen=True)
class Authority:
    """The nodes and institutions where a person may make reporters, and where he may give any role.

    whole_*: the person holds the verb on the root, so every node and institution is below, closed ones included.
    """

    user: User
    reporters: frozenset[int]
    every: frozenset[int]
    whole_reporters: bool = False
    whole_every: bool = False

    @property
    def whole(self) -> bool:
        """Whether every account is the person's to see."""
        return self.whole_reporters or self.whole_every

    @property
    def reach(self) -> frozenset[int]:
        """Where the person may do anything of this at all; see `whole`."""
        return self.reporters | self.every

    @property
    def roles(self) -> list[str]:
        """Codes of the roles that the person may give somewhere."""
        if self.every or self.whole_every:
            return [code for code in ROLES if code not in BOUNDED]  # an auditor is appointed, with his bounds
        return [code for code in ROLES if code in REPORTERS] if self.reporters or self.whole_reporters else []

    def covers(self, node: int) -> bool:
        """Whether a node or institution is the person's."""
        return self.whole or node in self.reporters or node in self.every

    def may_give(self, role: str, node: int) -> bool:
        """Whether the person may give, and take, this role on this node or institution."""
        if self.whole_every or node in self.every:
            return role in ROLES
        return role in REPORTERS and (self.whole_reporters or node in self.reporters)

    def may_reset(self, user: User, grants: Iterable[Grant]) -> bool:
        """Whether the person may give another one a new code: every right of the other must be his to give.

        Else who manages reporters could take over a reviewer's account. grants: all of the other's, ended ones
        too; those that are in force or to come count, and all where none is.
        """
        if user.pk == self.user.pk:
            return False
        every = list(grants)
        counted = [grant for grant in every if grant.valid_to > settings.JIEYUE_HOME.today()] or every
        if not counted:
            return self.whole_every
        return all(self.may_give(grant.role, grant.node) for grant in counted)


def authority_of(user: User, on: date | None = None) -> Authority:
    """What the person may do with accounts today (or on a day)."""
    allowed = [(grant.node, verbs_of(grant)) for grant in grants_of(user, on)]
    granted = [{node for node, verbs in allowed if verb in verbs} for verb in (MANAGE, GRANT)]
    if not any(granted):
        return Authority(user, frozenset(), frozenset())
    line = tree(Tree.LINE, on)
    root = None if line.root is None else line.root.id
    reached = []
    for nodes in granted:
        below = {step for node in nodes & line.nodes.keys() for step in line.subtree(node)}
        leaves = nodes - line.nodes.keys()
        if root not in below:  # the whole line needs no list
            leaves |= set(members(below, Tree.LINE, on)) if below else set()
            leaves |= set(members(leaves, UNIT, on)) if leaves else set()
        reached.append((frozenset(below | leaves), root in below))
    (reporters, whole_reporters), (every, whole_every) = reached
    return Authority(user, reporters, every, whole_reporters, whole_every)
