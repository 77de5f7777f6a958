"""Who may be drawn, and how likely mistakes are with each: from what is known before anybody looks."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from django.conf import settings

from jieyue.apps.accounts.queries import institutions_of
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.owing import owed_returns, require_owed
from jieyue.apps.obligations.queries import is_late
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.registry.queries import codes_of
from jieyue.apps.returns.queries import cells_now
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree, all_memberships, tree
from jieyue.catalog.spot_check import spot_rows
from jieyue.domain.period import Period
from jieyue.domain.spot_check import Known, Member, weight_of

_ESTIMATED = 4
UNTYPED = "-"
_STANDS = (ReviewFinding.State.OPEN, ReviewFinding.State.EXPLAINED)
_SIZE = "energy_total_tce"


def settings_now() -> dict[str, Decimal]:
    """The numbers that weigh and score: the authority's own in HOME/spot_checks.csv, else the product's."""
    own = settings.JIEYUE_HOME.path / "spot_checks.csv"
    return {key: row.value for key, row in spot_rows(own).items()}


def frame_of(
    body: int, form: str, period: Period, weights: Mapping[str, Decimal], sequence: int, strata: str = "body"
) -> dict[int, Member]:
    """Institutions that owe the return to the body or to one below it, by strata (`domain.spot_check.STRATA`).

    Raises RefusedError for a form not collected.

    The obligations say who; of a period that was never opened, the registry of its last day does.
    """
    require_owed(form, period)
    if home_catalog().forms[form].instance != "none":
        raise RefusedError(
            "form_by_room",
            zh=f"{form} 按机房填报，不在抽查之列",
            en=f"{form} is filed by room; it is not spot-checked",
        )
    line = tree_view(Tree.LINE, sequence, period.last_day)
    inside = set(line.subtree(body)) if body in line.nodes else set()
    opened = Obligation.objects.filter(form=form, period=str(period))
    listed = dict(opened.values_list("subject", "body")) or {
        number: body for (number, _room), body in owed_returns(form, period).items()
    }
    where = {number: line.nodes[node].code for number, node in listed.items() if node in inside}
    kinds = _kinds(where, period) if strata == "type" else dict.fromkeys(where, "")
    names = {number: "/".join(filter(None, (where[number], kinds[number]))) for number in where}
    codes, known = codes_of(where, period.last_day), _known(names, form, period, sequence)
    return {
        number: Member(
            codes[number], names[number], weight_of(known[number], weights), where[number], kinds[number]
        )
        for number in where
    }


def _kinds(where: Mapping[int, str], period: Period) -> dict[int, str]:
    """Institution → code of its type on the period's last day; a dash where none is said."""
    day = period.last_day
    types, nodes = all_memberships(Tree.TYPE, day), tree(Tree.TYPE, day).nodes
    return {number: nodes[types[number]].code if types.get(number) in nodes else UNTYPED for number in where}


def _known(where: Mapping[int, str], form: str, period: Period, sequence: int) -> dict[int, Known]:
    found, late = _findings(form, period), _late(form, period)
    cells = cells_now(form, list(where), [str(period)], drafts=True)
    size = _size(where, form, period, sequence)
    made = {}
    for number in where:
        counts = found.get(number, Counter())
        own = cells.get((number, str(period)), {})
        guessed = sum(origin == _ESTIMATED for _, origin in own.values())
        made[number] = Known(
            counts["error"],
            counts["open"],
            counts["explained"],
            number in late,
            Decimal(guessed) / len(own) if own else Decimal(0),
            size.get(number, Decimal(0)),
        )
    return made


def _findings(form: str, period: Period) -> dict[int, Counter[str]]:
    """Of the period and of those within it: a year's check knows what its months told."""
    rows = ReviewFinding.objects.filter(form=form, state__in=_STANDS).exclude(severity="note")
    known = rows.order_by().values_list("period", flat=True).distinct()
    wanted = [text for text in known if _inside(Period.parse(text), period)]
    found: dict[int, Counter[str]] = {}
    listed = rows.filter(period__in=wanted).values_list("subject", "severity", "state")
    for subject, severity, state in listed:
        kind = "explained" if state == "explained" else "error" if severity == "error" else "open"
        found.setdefault(subject, Counter())[kind] += 1
    return found


def _inside(one: Period, whole: Period) -> bool:
    return whole.start <= one.start and one.last_day <= whole.last_day


def _late(form: str, period: Period) -> set[int]:
    rows = Obligation.objects.filter(is_late(), form=form, period=str(period))
    return set(rows.values_list("subject", flat=True))


def _size(where: Mapping[int, str], form: str, period: Period, sequence: int) -> dict[int, Decimal]:
    """Standard coal as a share of the largest of the same stratum; of other forms nothing is known."""
    if form != home_plan().method.account_form:
        return {}
    rows = institutions_of(sorted(where), str(period), indicators=[_SIZE], sequence=sequence)
    exact = {number: one[_SIZE].exact for number, one in rows.items() if _SIZE in one}
    largest: dict[str, Decimal] = {}
    values = {}
    for number, value in exact.items():
        if value is not None and value > 0:
            values[number] = Decimal(value.numerator) / Decimal(value.denominator)
            largest[where[number]] = max(largest.get(where[number], Decimal(0)), values[number])
    return {number: value / largest[where[number]] for number, value in values.items()}
