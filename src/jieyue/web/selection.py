"""Scope and period: what a page speaks of. Chosen under the bar, carried in the address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jieyue.apps.accounts import queries as accounts
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.returns import queries as returns
from jieyue.domain.period import Period, PeriodError
from jieyue.web.access import Access, access_of
from jieyue.web.as_of import AS_OF, PUBLICATION, as_of_day, data_sequence, sequence_of
from jieyue.web.words import local, period_name

TREES = ("line", "area", "department", "type")


@dataclass(frozen=True)
class Group:
    """Choices under one heading: (value, text)."""

    title: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Selection:
    """One page, one publication: scope, period, and S, the publication that all its numbers are as of.

    kept: (name, value) of other choices in the address that another scope or period keeps. as_of: the day whose
    published numbers are shown; empty: all that is published. newest: the newest publication there is.
    """

    scope: str
    period: str
    sequence: int
    scopes: Mapping[str, accounts.ScopeInfo] = field(default_factory=dict)
    periods: tuple[Group, ...] = ()
    choices: tuple[Group, ...] = ()
    collecting: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    as_of: str = ""
    newest: int = 0

    @property
    def day(self) -> date:
        """The last day of the period: whose boundaries count."""
        return Period.parse(self.period).last_day

    @property
    def query(self) -> str:
        """`scope=…&period=…` for links that keep the choice."""
        return urlencode({"scope": self.scope, "period": self.period, **self.more})

    @property
    def more(self) -> dict[str, str]:
        """What every link of the page says besides scope and period, so that it stays as of the same publication."""
        if self.as_of:
            return {AS_OF: self.as_of}
        return {PUBLICATION: str(self.sequence)} if self.sequence < self.newest else {}

    @property
    def scope_name(self) -> str:
        """The scope in words."""
        return scope_name(self.scope, self.scopes)

    @property
    def period_name(self) -> str:
        """The period in words."""
        return period_name(self.period)


def scope_name(scope: str, scopes: Mapping[str, accounts.ScopeInfo]) -> str:
    """A scope in words; the code where it has no node. The whole has one name in all trees."""
    if scope == "city":
        return _("Whole authority")
    known = scopes.get(scope)
    return local(known) if known else scope.partition(":")[2] or scope


def select(
    request: HttpRequest,
    *,
    default_scope: str = "",
    trees: Iterable[str] = TREES,
    usual_period: str = "",
    sequence: int = 0,
) -> Selection:
    """What the address asks for, with what is usual for the person where it asks for nothing.

    sequence: the publication that the page is as of, where the address names none itself.
    A period that is none, or a scope that is not the person's, is not found.
    """
    access = access_of(request)
    sequence, as_of = sequence or data_sequence(request), as_of_day(request)
    days = available(sequence)
    period = request.GET.get("period") or usual_period or default_period(days)
    try:
        Period.parse(period)
    except PeriodError as error:
        raise Http404 from error
    nodes = node_scopes(period, sequence)
    scope = request.GET.get("scope") or default_scope or _top(access)
    if not (access.sees(scope) and (scope in nodes or scope.startswith("institution:"))):
        raise Http404
    return Selection(
        scope=scope,
        period=period,
        sequence=sequence,
        scopes=nodes,
        periods=period_groups(days, period),
        choices=_choices(access, period, sequence, tuple(trees)),
        collecting=collecting_month(),
        as_of=as_of.isoformat() if as_of else "",
        newest=sequence_of(request),
    )


def node_scopes(period: str, sequence: int) -> Mapping[str, accounts.ScopeInfo]:
    """Scope → node, for every node of the four trees on the period's boundaries."""
    return _scopes(str(settings.JIEYUE_HOME.path), period, sequence)


@lru_cache(maxsize=64)
def _scopes(home: str, period: str, sequence: int) -> Mapping[str, accounts.ScopeInfo]:
    return {info.scope: info for info in accounts.scopes(period, sequence=sequence)}


def available(sequence: int) -> tuple[str, ...]:
    """Periods with a return of the account's form by publication S, oldest first."""
    return _available(str(settings.JIEYUE_HOME.path), sequence)


@lru_cache(maxsize=16)
def _available(home: str, sequence: int) -> tuple[str, ...]:
    return tuple(returns.periods(home_plan().method.account_form, sequence=sequence))


def default_period(days: Iterable[str]) -> str:
    """The last year with yearly returns, else the last period there is, else the year before this one."""
    known = list(days)
    years = [text for text in known if len(text) == 4]
    if years:
        return max(years)
    return max(known) if known else str(settings.JIEYUE_HOME.today().year - 1)


def collecting_month() -> str:
    """The month whose returns are being collected: the one before today's."""
    return str(
        Period.of_month(settings.JIEYUE_HOME.today().year, settings.JIEYUE_HOME.today().month).previous()
    )


def closed_month(days: Iterable[str]) -> str | None:
    """The last month with published returns before the one being collected."""
    collecting = collecting_month()
    months = [text for text in days if len(text) == 7 and text < collecting]
    return max(months) if months else None


def _top(access: Access) -> str:
    if access.whole:
        return "city"
    return f"line:{access.tops[0]}" if access.tops else ""


def period_groups(days: tuple[str, ...], chosen: str) -> tuple[Group, ...]:
    years = [text for text in reversed(days) if len(text) == 4]
    months = [text for text in reversed(days) if len(text) == 7 and text[4] == "-" and text[5].isdigit()]
    ranges = []
    for year in sorted({text[:4] for text in months} - set(years), reverse=True):
        closed = [text for text in months if text[:4] == year and text < collecting_month()]
        if len(closed) > 1:
            ranges.append(f"{min(closed)}..{max(closed)}")
    listed = [(_("Years"), years), (_("Year to date"), ranges), (_("Months"), months[:24])]
    if not any(chosen in part for _title, part in listed):
        listed.append((_("As asked for"), [chosen]))
    return tuple(
        Group(title, tuple((text, period_name(text)) for text in part)) for title, part in listed if part
    )


_kept = LastFew[tuple[Group, ...]](64)


def _choices(access: Access, period: str, sequence: int, trees: tuple[str, ...]) -> tuple[Group, ...]:
    """The scopes of the picker, kept for everybody who sees the same nodes in the same language."""
    seen = access.whole or access.line
    key = (seen, get_language(), period, sequence, trees)
    return _kept.get(key, lambda: scope_groups(access, node_scopes(period, sequence), trees))


def scope_groups(
    access: Access, nodes: Mapping[str, accounts.ScopeInfo], trees: Iterable[str]
) -> tuple[Group, ...]:
    titles = tree_titles()
    groups = []
    if access.whole:
        groups.append(Group(_("Whole authority"), (("city", scope_name("city", nodes)),)))
    for name in trees:
        own = [node for scope, node in nodes.items() if scope.startswith(f"{name}:") and access.sees(scope)]
        if own:
            groups.append(Group(titles[name], tuple(_indented(own, nodes))))
    return tuple(groups)


def _indented(
    own: list[accounts.ScopeInfo], nodes: Mapping[str, accounts.ScopeInfo]
) -> Iterable[tuple[str, str]]:
    """Depth first, each level set in by a wide blank."""
    below: dict[str, list[accounts.ScopeInfo]] = {}
    known = {node.scope for node in own}
    for node in sorted(own, key=lambda node: node.code):
        below.setdefault(node.parent_scope if node.parent_scope in known else "", []).append(node)
    stack = [(node, 0) for node in reversed(below.get("", []))]
    while stack:
        node, depth = stack.pop()
        yield node.scope, "\u3000" * depth + local(node)
        stack += [(child, depth + 1) for child in reversed(below.get(node.scope, []))]


def tree_titles() -> dict[str, str]:
    """The four views 口径 by name."""
    return {
        "line": _("By reporting line"),
        "area": _("By area"),
        "department": _("By department"),
        "type": _("By type"),
    }
