"""What was handed on, as pages show it: rows of a table, forms to choose from, days and periods as they are typed."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.identity.handed import Handed
from jieyue.apps.identity.queries import user_by_name, who
from jieyue.apps.identity.scope import is_lent, is_limited, limited_verbs, with_tables
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import names_of
from jieyue.apps.returns.lake import forms
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree
from jieyue.web.access import Access
from jieyue.web.as_of import sequence_of
from jieyue.web.words import day, joined, local, period_name

_NAMED = 3


def node_names(request: HttpRequest, wanted: set[int]) -> dict[int, str]:
    """Names of bodies and institutions."""
    line = tree_view(Tree.LINE, sequence_of(request))
    leaves = wanted - line.nodes.keys()
    names = {node: local(line.nodes[node]) for node in wanted & line.nodes.keys()}
    return names | (names_of(leaves) if leaves else {})


def handed_rows(request: HttpRequest, rows: Iterable[Handed]) -> list[dict[str, Any]]:
    """The lines of a list of what was handed on."""
    listed = list(rows)
    names = node_names(request, {node for one in listed for node in one.nodes})
    persons = who([one.row.made_by for one in listed])
    return [
        {
            "row": one.row,
            "kind": kind_words(one.row.kind),
            "giver": one.row.giver or persons.get(one.row.made_by, one.row.made_by),
            "nodes": [names.get(node, "") for node in one.nodes[:_NAMED]],
            "more": max(0, len(one.nodes) - _NAMED),
            "forms": joined(one.row.forms or ()) or _("all forms"),
            "periods": joined(period_name(text) for text in one.row.periods or ()),
            "from": day(one.row.valid_from),
            "to": day(one.row.valid_to),
            "state": one.state,
            "state_words": _state_words(one.state),
            "may_end": one.may_end,
        }
        for one in listed
    ]


def kind_words(kind: str) -> str:
    """A mandate's kind in words."""
    return {
        "delegation": _("delegation"),
        "lending": _("lent list"),
        "hand_over": _("hand-over"),
        "audit": _("audit"),
    }[kind]


def _state_words(state: str) -> str:
    return {
        "coming": _("not begun"),
        "on": _("in force"),
        "over": _("over"),
        "back": _("taken back"),
    }[state]


def form_choices() -> list[tuple[str, str]]:
    """Forms to limit something to."""
    catalog = home_catalog()
    return [(code, f"{code} {local(catalog.forms[code])}") for code in forms() if code in catalog.forms]


def typed_days(request: HttpRequest, last: str = "last") -> tuple[date, date]:
    """First day and the day after the last, as a form names them. Raises RefusedError for no days."""
    try:
        first, until = (date.fromisoformat(request.POST.get(name, "")) for name in ("first", last))
        return first, until + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise RefusedError(
            "mandate_days",
            zh="请填起止日期，如 2026-12-01",
            en="give the first and the last day, such as 2026-12-01",
        ) from error


def typed_words(text: str, most: int = 50_000) -> list[str]:
    """Codes or periods that stand in a field, divided by blanks, commas or lines."""
    return [word for word in re.split(r"[\s,，、;；]+", text[:most]) if word]


def typed_person(request: HttpRequest) -> tuple[Any, str]:
    """The account that a form names, and the name as typed."""
    name = request.POST.get("username", "").strip()[:150]
    return (user_by_name(name) if name else None), name


def work_links(access: Access, sequence: int) -> list[tuple[str, str]]:
    """What a person has by limited grants: in words, and where the work is; with the tables of the bodies."""
    found: dict[str, str] = {}
    for grant in access.read.grants if access.read else ():
        if not is_limited(grant):
            continue
        for period in grant.periods or [""]:
            if grant.role != "auditor":
                words = " ".join([*(grant.forms or ()), period_name(period) if period else ""]).strip()
                found[f"{_grant_words(grant)} {words}"] = _address(grant, period)
            found |= _tables(grant, period, sequence)
    if access.may_somewhere("audit"):
        found[_("Material to audit")] = reverse("auditing")
    return list(found.items())


def _tables(grant: Any, period: str, sequence: int) -> dict[str, str]:
    """The tables that add up the forms of a limited grant at a body: in words, and where they are."""
    node = tree_view(Tree.LINE, sequence).nodes.get(grant.node)
    if node is None or "view" not in limited_verbs(grant):
        return {}
    catalog, named = home_catalog(), {"period": period} if period else {}
    tables = [code for code in with_tables(grant.forms or forms()) if catalog.forms[code].summary_of]
    return {
        f"{_('Summary table')} {code} {local(node)} {period_name(period) if period else ''}".rstrip(): (
            f"{reverse('summary')}?{urlencode({'form': code, 'body': node.code, **named})}"
        )
        for code in tables
    }


def _grant_words(grant: Any) -> str:
    return _("Lent to you:") if is_lent(grant) else _("Delegated to you:")


def _address(grant: Any, period: str) -> str:
    if grant.role == "reporter":
        return reverse("returns")
    query = {"period": period, "reach": "all"} if period else {"reach": "all"}
    return f"{reverse('worklist')}?{urlencode(query)}"
