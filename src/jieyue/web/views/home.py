"""The workbench: what stands, what is due, what came in, as far as the person's grants reach."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from jieyue.apps.audit.queries import log_state
from jieyue.apps.identity.people import counts_for
from jieyue.apps.identity.queries import who
from jieyue.apps.papers.scope import drafts_to_complete
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.queries import recent
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.returns.state_counts import state_counts
from jieyue.apps.review.scope import state_counts_for
from jieyue.apps.summaries.scope import waiting_for
from jieyue.apps.targets.queries import plan_status
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import UNIT, Tree, all_memberships
from jieyue.config import health
from jieyue.domain.period import Period
from jieyue.web.access import VIEW, Access, access_of, signed_in
from jieyue.web.as_of import sequence_of
from jieyue.web.first_day import steps
from jieyue.web.first_visit import steps_of
from jieyue.web.handed import work_links
from jieyue.web.kept import key_of
from jieyue.web.navigation import reads_log
from jieyue.web.numbers import sheet
from jieyue.web.page import page
from jieyue.web.plan_units import board_unit
from jieyue.web.selection import available, closed_month, collecting_month, default_period, node_scopes
from jieyue.web.table import Table
from jieyue.web.views.people import authority_here, state_words
from jieyue.web.views.plan import sentence
from jieyue.web.views.tasks import lately_of, open_tasks
from jieyue.web.words import grouped, local, percent, period_name

_LOWEST = 6
#: Periods that a reporter sees of each of his institutions.
_PERIODS = 3
_kept = LastFew[dict[str, Any]](64)


@dataclass(frozen=True)
class Part:
    """A part of the bar of states."""

    name: str
    css: str
    count: int
    percent: float


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Cards by what the person may see and do."""
    access, sequence = access_of(request), sequence_of(request)
    context: dict[str, Any] = {"cards": False}
    if access.may(VIEW) and (access.whole or access.tops):
        days = available(sequence)
        context |= {
            "first_day": [] if days else steps(access),
            "no_data": access.whole and not days,
            **_figures(request, access, sequence, days),
            "states": _states(access, sequence, collecting_month()),
            "cards": True,
            "drafts": _drafts(access, sequence),
            "judges": any(access.may(verb) for verb in ("pass", "return", "approve")),
            "leads": access.whole and access.may("publish") and not access.may("pass"),
        }
    if access.leaves and (access.may("enter") or access.may("submit")):
        context |= open_tasks(request, size=_LOWEST) | {"own_units": True, "lately": _lately(request, access)}
    if access.may_somewhere(VIEW):
        context["summaries"] = _summaries(access, sequence)
    if access.may(VIEW):
        context["review"] = _review(access, collecting_month())
    if access.whole and (access.may("publish") or access.may("import")):
        context["publications"] = [_publication(row) for row in recent(6)]
    if not context.get("first_day") and not access.user.guided:
        context["guide"] = steps_of(access)
    context["work_links"] = work_links(access, sequence)
    if not access.may(VIEW):
        context |= _duties(request, access)
    if access.may("operate"):
        context["health"] = [(check_words(name), good) for name, good in health.checks().items()]
    return page(request, "home", context, section="home")


def _figures(request: HttpRequest, access: Access, sequence: int, days: tuple[str, ...]) -> dict[str, Any]:
    """The plan's verdicts and how complete the closed month is: the same for who sees the same until the next
    publication, so they are made once."""

    def made() -> dict[str, Any]:
        return {
            "verdicts": _verdicts(sequence, days) if access.whole and days else None,
            "trust": _trust(access, sequence, closed_month(days)),
        }

    key = key_of(request, sequence, access.tops)
    return made() if key is None else _kept.get(key, made)


def _duties(request: HttpRequest, access: Access) -> dict[str, Any]:
    """What those act on who see no figures."""
    return {
        "pushes": access.may("push"),
        "accounts": _accounts(request) if access.may("grant") else None,
        "log": log_state() if reads_log(access) else None,
    }


def _accounts(request: HttpRequest) -> list[tuple[str, int]]:
    """Accounts that somebody has to act on: what they wait for, and how many."""
    return [(state_words(state), count) for state, count in counts_for(authority_here(request)).items()]


def _lately(request: HttpRequest, access: Access) -> Table:
    """The last periods of the person's own institutions."""
    table = lately_of(sorted(access.leaves)[:_LOWEST], periods=_PERIODS)
    table.bind(request)
    return table


def _review(access: Access, month: str) -> dict[str, Any] | None:
    """Findings of the month being collected that wait for somebody; None where nothing does."""
    form = home_plan().method.account_form
    counts = state_counts_for(access, form, month)
    waiting = {state: counts.get(state, 0) for state in ("open", "explained")}
    if not any(waiting.values()):
        return None
    return {"month": period_name(month), "period": month, **waiting}


def _drafts(access: Access, sequence: int) -> list[tuple[str, str]]:
    """Papers of the person's own bodies that the system drafted and a person completes: title and address."""
    line = tree_view(Tree.LINE, sequence)
    tops = [line.root] if access.whole else [line.by_code.get(code) for code in access.tops]
    bodies = [node.id for node in tops if node is not None]
    rows = drafts_to_complete(access, bodies)[:_PERIODS]
    return [(row.title, reverse("paper", args=[row.pk])) for row in rows]


def _summaries(access: Access, sequence: int) -> list[dict[str, Any]]:
    """Summaries that wait for the person to accept them or send them back."""
    rows = list(waiting_for(access)[:_LOWEST])
    names = tree_view(Tree.LINE, sequence).nodes if rows else {}
    persons = who([row.sent_by for row in rows])
    return [
        {
            "name": local(names[row.body]) if row.body in names else str(row.body),
            "period": period_name(row.period),
            "row": row,
            "by": persons.get(row.sent_by, row.sent_by),
        }
        for row in rows
    ]


def _verdicts(sequence: int, days: tuple[str, ...]) -> dict[str, Any]:
    plan = home_plan()
    year = min(max(int(default_period(days)[:4]), plan.base_year), plan.target_year)
    rows = plan_status(settings.JIEYUE_HOME.plan, year, sequence=sequence)
    return {
        "plan": plan,
        "year": year,
        "sentence": sentence(rows),
        "rows": [
            {
                "name": local(row),
                "status": row,
                "actual": grouped(row.shown_actual),
                "unit": board_unit(plan, row)[0],
                "href": f"{reverse('source')}?"
                + urlencode({"scope": "city", "indicator": row.indicator, "period": str(year)}),
            }
            for row in rows
        ],
    }


def _trust(access: Access, sequence: int, month: str | None) -> dict[str, Any] | None:
    """Completeness of the last closed month: the whole, and the lowest bodies directly below."""
    if month is None:
        return None
    nodes = node_scopes(month, sequence)
    top = "city" if access.whole else f"line:{access.tops[0]}"
    below = [node for node in nodes.values() if node.parent_scope == top and node.scope.startswith("line:")]
    found = sheet([top, *(node.scope for node in below)], month, ["completeness"], sequence=sequence)
    own = found.get(top, "completeness")
    known = []
    for node in below:
        row = found.get(node.scope, "completeness")
        if row is not None and row.exact is not None:
            known.append((row.exact, node))
    short = sorted((pair for pair in known if pair[0] < 1), key=lambda pair: (pair[0], pair[1].code))
    return {
        "month": period_name(month),
        "share": percent(str(own.exact)) if own is not None and own.exact is not None else None,
        "bar": int(own.exact * 100) if own is not None and own.exact is not None else 0,
        "lowest": [
            {
                "name": local(node),
                "share": percent(str(share)),
                "bar": int(share * 100),
                "href": f"{reverse('data-tree', args=['line'])}?"
                + urlencode({"scope": node.scope, "period": month}),
            }
            for share, node in short[:_LOWEST]
        ],
        "more": max(0, len(short) - _LOWEST),
        "below": bool(known),
    }


def _states(access: Access, sequence: int, month: str) -> dict[str, Any] | None:
    """States of the returns due for the month being collected, below the nodes that the person sees."""
    line = _line(str(settings.JIEYUE_HOME.path), sequence, month)
    due: Collection[int] = line.keys()
    if not access.whole:
        view = tree_view(Tree.LINE, sequence)
        codes = {node.id for node in view.nodes.values() if node.code in access.line}
        due = [institution for institution, node in line.items() if node in codes]
    if not due:
        return None
    counts = Counter(state_counts(home_plan().method.account_form, month, due))
    counts[""] = len(due) - counts.total()
    names = (
        ("approved", _("Approved"), "seg-approved"),
        ("submitted", _("Submitted"), "seg-submitted"),
        ("returned", _("Sent back"), "seg-returned"),
        ("draft", _("Being entered"), "seg-draft"),
        ("", _("Not begun"), "seg-open"),
    )
    total = len(due)
    parts = [Part(name, css, counts[code], round(counts[code] * 100 / total, 2)) for code, name, css in names]
    collected = counts["approved"] + counts["submitted"]
    return {
        "month": period_name(month),
        "period": month,
        "due": grouped(str(total)),
        "share": percent(str(Fraction(collected, total))),
        "parts": parts,
    }


@lru_cache(maxsize=16)
def _line(home: str, sequence: int, month: str) -> dict[int, int]:
    """Who owes a return of the month → the node that collects it; who is reported inside another owes none."""
    day = Period.parse(month).last_day
    inside = all_memberships(UNIT, day, sequence)
    view = tree_view(Tree.LINE, sequence, day)
    outside = {node.id for node in view.nodes.values() if view.is_outside(node.id)}
    hanging = all_memberships(Tree.LINE, day, sequence)
    return {i: node for i, node in hanging.items() if inside.get(i, i) == i and node not in outside}


def _publication(row: Any) -> dict[str, Any]:
    return {"number": row.seq, "kind": publication_words(row.kind), "at": row.at, "done": row.state == "done"}


def check_words(name: str) -> str:
    """A check of the running system, in words."""
    words = {
        "database": _("Database"),
        "disk": _("Disk space"),
        "lake": _("Data lake"),
        "log": _("Log of readings"),
    }
    return words.get(name, name)


#: What a publication did, by its verb.
PUBLICATIONS = {
    "registry.bulk_register": _lazy("Institutions registered"),
    "registry.change": _lazy("Institution changed"),
    "registry.close": _lazy("Institution closed"),
    "registry.create": _lazy("Institution registered"),
    "registry.import_institutions": _lazy("Institutions imported"),
    "registry.merge": _lazy("Institutions merged"),
    "registry.rename": _lazy("Institution renamed"),
    "registry.set_unit": _lazy("Reporting unit changed"),
    "registry.split": _lazy("Institution split"),
    "registry.transfer": _lazy("Institution transferred"),
    "registry.transfer_many": _lazy("Institutions transferred"),
    "returns.import": _lazy("Returns imported"),
    "returns.publish": _lazy("Returns published"),
    "returns.publish_waiting": _lazy("Approved returns published"),
    "sample.declared": _lazy("Sample printed totals"),
    "sample.nodes": _lazy("Sample bodies"),
    "sample.returns": _lazy("Sample returns"),
    "trees.change_node": _lazy("Body changed"),
    "trees.close_node": _lazy("Body closed"),
    "trees.create_node": _lazy("Body registered"),
    "trees.register_nodes": _lazy("Bodies registered"),
    "trees.seed": _lazy("Areas and types"),
    "trees.set_membership": _lazy("Membership changed"),
}


def publication_words(kind: str) -> str:
    """What a publication did, in words; the verb itself where it has none."""
    return str(PUBLICATIONS.get(kind, kind))
