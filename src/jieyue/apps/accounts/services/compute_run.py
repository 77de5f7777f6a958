"""Compute a run: the numbers of one method, period and publication, stored once and found again by identity."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property

from django.conf import settings
from django.db import IntegrityError, transaction

from jieyue.apps.accounts import frame as frames
from jieyue.apps.accounts.collect import collect_declared, collect_institutions, collect_nodes
from jieyue.apps.accounts.frame import Frame
from jieyue.apps.accounts.method import METHOD, MethodChoice, ResolvedMethod, resolve
from jieyue.apps.accounts.models import Run, RunFrame
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.rules import catalog_by_digest, home_catalog, keep_catalog
from jieyue.catalog.loader import Catalog
from jieyue.domain.errors import DomainError
from jieyue.domain.exact import Quotients
from jieyue.domain.indicators import EXPECTED, Column, compute, indicator_codes
from jieyue.domain.period import Period
from jieyue.domain.receipt import RunKey
from jieyue.domain.sums import ORIGINS, Sums
from jieyue.store.port import Lake

#: Reasons in a figure: the plan names no factor set; no return of the period stands behind a stock; the body is
#: outside this authority's count, so that no total holds the figure.
NO_FACTOR_SET = "no_factor_set"
NO_RETURN = "no_return_of_period"
OUTSIDE_COUNT = "outside_count"
#: Who is in a run's nodes: this authority's count; everybody; only bodies outside the count, for themselves.
IN_COUNT, EVERYBODY, OUTSIDE = "in_count", "all", "outside"
#: Indicators that the registry gives where no return does.
STOCKS = ("floor_area_m2", "persons", "vehicles")
NODES = "nodes"
ALL_INSTITUTIONS = "institutions"
DECLARED = "declared"
#: What a table of institutions shows first, and the part that holds it, whose name tells what is in it.
LISTED = (
    "floor_area_m2", "persons", "energy_total_tce", "energy_per_area_kgce_m2", "energy_per_person_kgce",
    "water_total_m3", "water_per_person_m3", "co2_total_t", "co2_per_area_kg_m2",
)  # fmt: skip
LISTED_PART = f"listed.{hashlib.sha256(' '.join(LISTED).encode()).hexdigest()[:8]}"


class BoundariesError(DomainError):
    """Boundaries that are not then, now or a day."""


@dataclass(frozen=True)
class RunPlan:
    """A run before it is computed: its key, the resolved method, the day of its boundaries."""

    key: RunKey
    method: ResolvedMethod
    period: Period
    day: date

    @cached_property
    def id(self) -> str:
        """The run's identity."""
        return self.key.run_id()


def plan_run(
    choice: MethodChoice,
    period: Period,
    *,
    sequence: int,
    catalog: Catalog | None = None,
    boundaries: str | None = None,
) -> RunPlan:
    """Resolve the method and give the run its identity; nothing is computed.

    boundaries: the day of a run that exists, where the choice says `now`. A page asks for fifty runs: a process keeps
    the last ones, for the same question has the same answer for ever.
    """
    rules = catalog or home_catalog()
    day = boundaries or _boundaries(choice.boundaries, period).isoformat()
    key = (choice, str(period), sequence, rules.digest, day)
    return _plans.get(key, lambda: _planned(choice, period, sequence, rules, day))


_plans = LastFew[RunPlan](512)


def _planned(choice: MethodChoice, period: Period, sequence: int, rules: Catalog, day: str) -> RunPlan:
    method = resolve(choice, rules, period)
    key = RunKey(
        method=METHOD,
        period=str(period),
        form=choice.account_form,
        tce_set=choice.tce_set,
        factor_set=choice.factor_set,
        electricity_factor=method.electricity_label,
        vehicle_boundary=choice.vehicle_boundary,
        boundaries=day,
        population=_population(choice),
        sequence=sequence,
        catalog_digest=rules.digest,
        completeness=choice.completeness,
        versions=choice.versions,
    )
    return RunPlan(key, method, period, date.fromisoformat(key.boundaries))


def _population(choice: MethodChoice) -> str:
    if choice.outside_only:
        return OUTSIDE
    return EVERYBODY if choice.count_outside else IN_COUNT


def outside_run(plan: RunPlan) -> RunPlan:
    """The run of the bodies outside the count, by the same method, facts and rules."""
    return _plans.get((plan.id, OUTSIDE), lambda: _outside(plan))


def _outside(plan: RunPlan) -> RunPlan:
    choice = replace(plan.method.choice, outside_only=True)
    return replace(
        plan, key=replace(plan.key, population=OUTSIDE), method=replace(plan.method, choice=choice)
    )


def node_frame(plan: RunPlan) -> Frame:
    """The figures of every node: the stored frame, else computed and stored."""
    return stored_frame(plan.id, NODES) or _store(plan, NODES, compute_nodes(plan))


def institution_frame(plan: RunPlan, institution: int) -> Frame:
    """The figures of one institution: the stored frame, else computed and stored."""
    part = f"institution:{institution}"
    found = stored_frame(plan.id, part)
    return found or _store(plan, part, compute_institutions(plan, [institution]))


def institutions_frame(plan: RunPlan) -> Frame:
    """The figures of every institution in one frame."""
    return stored_frame(plan.id, ALL_INSTITUTIONS) or _store(
        plan, ALL_INSTITUTIONS, compute_institutions(plan, None)
    )


_few = LastFew[Frame](32)
_FEW_LARGEST = 100


def listed_frame(plan: RunPlan) -> Frame:
    """What tables of institutions show first, of every institution: the stored frame, else computed and stored."""
    return stored_listed(plan) or _store(plan, LISTED_PART, compute_institutions(plan, None, LISTED))


def stored_listed(plan: RunPlan) -> Frame | None:
    """What tables of institutions show first, where it is kept ready; a process keeps those of the last runs."""
    content = None if _listed.peek(plan.id) else stored_content(plan.id, LISTED_PART)
    if content is None:
        return _listed.peek(plan.id)
    return _listed.get(plan.id, lambda: Frame.from_bytes(content))


_listed = LastFew[Frame](3)


def few_frame(plan: RunPlan, institutions: Sequence[int]) -> Frame:
    """The figures of some institutions, computed and not stored; a process keeps the last few pages of them.

    A run's figures never change: its identity holds the publication, the method and the catalog.
    """
    key = (plan.id, tuple(institutions))
    keep = len(institutions) <= _FEW_LARGEST
    return _few.get(key, lambda: compute_institutions(plan, institutions), keep=keep)


def declared_frame(plan: RunPlan) -> Frame:
    """The figures of the declared totals alone."""
    return stored_frame(plan.id, DECLARED) or _store(plan, DECLARED, compute_declared(plan))


def compute_declared(plan: RunPlan) -> Frame:
    """Compute the figures of the declared totals: what stands beside the institutions' own."""
    sums = _declared_sums(plan)
    return _frame(plan, sums, sums.scopes, ["declared"] * len(sums))


def _declared_sums(plan: RunPlan) -> Sums:
    return collect_declared(
        _lake(), plan.method.account.form, plan.period, sequence=plan.key.sequence, day=plan.day
    )


_kept = LastFew[Sums](4)


def part_sums(plan: RunPlan, part: str) -> Sums:
    """The sums behind a part of a run, by its scopes; a process keeps those of the last few runs' nodes."""
    if part == DECLARED:
        return _declared_sums(plan)
    if part != NODES:
        _ids, sums = institution_sums(plan, [int(part.partition(":")[2])])
        return replace(sums, scopes=(part,) * len(sums))
    return _kept.get(plan.id, lambda: _node_sums(plan)[0])


def compute_nodes(plan: RunPlan) -> Frame:
    """Compute the node frame from the lake; stores nothing."""
    sums, declared = _node_sums(plan)
    origins = [
        "declared" if scope in declared else origin
        for scope, origin in zip(sums.scopes, _origins(sums, plan.method), strict=True)
    ]
    return _frame(plan, sums, sums.scopes, origins)


def _node_sums(plan: RunPlan) -> tuple[Sums, frozenset[str]]:
    """The sums of the run's nodes, and those that are declared totals."""
    collected = collect_nodes(
        _lake(),
        plan.method.account.form,
        plan.period,
        sequence=plan.key.sequence,
        day=plan.day,
        count_outside=plan.key.population != IN_COUNT,
        versions=plan.key.versions,
    )
    sums = collected.sums
    if plan.key.population == OUTSIDE:
        outside = collected.trees.outside_scopes
        sums = sums.take([place for place, scope in enumerate(sums.scopes) if scope in outside])
    return sums, collected.declared


def compute_part(plan: RunPlan, part: str) -> Frame:
    """Compute a part of a run again by its name; stores nothing."""
    if part == NODES:
        return compute_nodes(plan)
    if part == DECLARED:
        return compute_declared(plan)
    if part == LISTED_PART:
        return compute_institutions(plan, None, LISTED)
    return compute_institutions(plan, None if part == ALL_INSTITUTIONS else [int(part.partition(":")[2])])


def compute_institutions(
    plan: RunPlan, institutions: Sequence[int] | None, codes: Collection[str] | None = None
) -> Frame:
    """Compute single institutions; their scopes are `institution:<identifier>`. codes: only these indicators."""
    ids, sums = institution_sums(plan, institutions)
    scopes = [f"institution:{i}" for i in ids]
    return _frame(plan, sums, scopes, _origins(sums, plan.method), codes)


def institution_sums(plan: RunPlan, institutions: Sequence[int] | None) -> tuple[list[int], Sums]:
    """The sums of single institutions, in ascending order of their identifiers; nothing is stored."""
    form = plan.method.account.form
    return collect_institutions(
        _lake(),
        form,
        plan.period,
        sequence=plan.key.sequence,
        institutions=institutions,
        versions=plan.key.versions,
    )


def _frame(
    plan: RunPlan,
    sums: Sums,
    scopes: Sequence[str],
    origins: Sequence[str],
    codes: Collection[str] | None = None,
) -> Frame:
    account = plan.method.account
    wanted = [code for code in _codes_of(plan, sums) if codes is None or code in codes]
    columns = compute(sums, account, wanted)
    if plan.method.factor_set is None:
        columns |= _without_factors(columns, len(sums))
    columns |= _unreported(columns, sums)
    if plan.key.population == OUTSIDE:
        outside = {OUTSIDE_COUNT: [True] * len(sums)}
        columns = {
            code: replace(column, reasons={**column.reasons, **outside}) for code, column in columns.items()
        }
    return frames.build(list(scopes), columns, list(origins), threshold(plan))


def _codes_of(plan: RunPlan, sums: Sums) -> list[str]:
    """What the rules of the run's day know, so that an old frame comes out as it was; EXPECTED of nodes only."""
    known = _catalog(plan).indicators
    codes = indicator_codes(plan.method.account.form)
    if sums.by_type is None or EXPECTED not in known:
        return [code for code in codes if code != EXPECTED]
    return list(codes)


def _without_factors(columns: Mapping[str, Column], length: int) -> dict[str, Column]:
    """CO2 where no factor set is named: missing, not zero, with the reason."""
    reasons = {NO_FACTOR_SET: [True] * length}
    return {
        code: Column(Quotients.missing(length), column.completeness, reasons)
        for code, column in columns.items()
        if code.startswith("co2_")
    }


def _unreported(columns: Mapping[str, Column], sums: Sums) -> dict[str, Column]:
    """Stocks where returns are owed and none of the period is there: only the registry speaks, so provisional."""
    expected, present = sums.count("expected"), sums.count("present")
    silent = [due > 0 and not there for due, there in zip(expected, present, strict=True)]
    if not any(silent):
        return {}
    return {
        code: replace(columns[code], reasons={**columns[code].reasons, NO_RETURN: silent})
        for code in STOCKS
        if code in columns
    }


def threshold(plan: RunPlan) -> Fraction:
    """Completeness from which a figure is final: the method's; the catalog's in runs of earlier versions."""
    said = plan.key.completeness
    return Fraction(said) if said else _catalog(plan).threshold("completeness_final").value


def _catalog(plan: RunPlan) -> Catalog:
    return catalog_by_digest(plan.key.catalog_digest)


def _origins(sums: Sums, method: ResolvedMethod) -> list[str]:
    """The origin of a scope's energy: the one origin all of it has, else `mixed`, else nothing."""
    codes = [item.code for item in method.account.form.energy_carriers]
    present = {
        name: [any(counts) for counts in zip(*(sums.count(f"o{number}_{c}") for c in codes), strict=True)]
        for name, number in ORIGINS.items()
    }
    result = []
    for place in range(len(sums)):
        names = [name for name, where in present.items() if where and where[place]]
        result.append(names[0] if len(names) == 1 else "mixed" if names else "")
    return result


def _boundaries(said: str, period: Period) -> date:
    if said == "then":
        return period.last_day
    if said == "now":
        return settings.JIEYUE_HOME.today()
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise BoundariesError(
            "boundaries",
            zh=f"区划口径“{said}”不可用；可写 then（当时）、now（现行）或日期 2025-12-31",
            en=f"boundaries {said!r} are not usable; write then, now or a day such as 2025-12-31",
        ) from None


def stored_frame(run: str, part: str) -> Frame | None:
    """A frame as it was first computed; None if this part never was."""
    content = stored_content(run, part)
    return None if content is None else Frame.from_bytes(content)


def stored_content(run: str, part: str) -> bytes | None:
    """The bytes of a part; None if it never was computed."""
    content = RunFrame.objects.filter(run_id=run, part=part).values_list("content", flat=True).first()
    return None if content is None else bytes(content)


def stored_frames(runs: Sequence[str], part: str) -> dict[str, Frame]:
    """The same part of several runs, in one question; runs that never computed it are absent."""
    rows = RunFrame.objects.filter(run_id__in=runs, part=part).values_list("run_id", "content")
    return {run: Frame.from_bytes(bytes(content)) for run, content in rows}


def stored_count(runs: Sequence[str], part: str) -> int:
    """Of how many runs a part is stored, without reading it."""
    return RunFrame.objects.filter(run_id__in=runs, part=part).count()


def _store(plan: RunPlan, part: str, frame: Frame) -> Frame:
    """Keep the first computation; a second process that was as fast keeps the same numbers."""
    kept = store_part(plan, part, frame.to_bytes(), frame.digest())
    return frame if kept else stored_frame(plan.id, part) or frame


def store_part(plan: RunPlan, part: str, content: bytes, digest: str) -> bool:
    """Keep a part of a run; False if another process has kept it meanwhile."""
    keep_catalog()
    try:
        with transaction.atomic():
            run, _ = Run.objects.get_or_create(
                pk=plan.id,
                defaults={
                    "key": asdict(plan.key),
                    "choice": asdict(plan.method.choice),
                    "notes": _notes(plan),
                },
            )
            RunFrame.objects.create(run=run, part=part, content=content, digest=digest)
    except IntegrityError:
        return False
    return True


def _notes(plan: RunPlan) -> list[Mapping[str, str]]:
    grid = plan.method.grid
    if grid is None:
        return []
    return [
        {
            "code": "electricity_factor",
            "zh": f"电力因子 {grid.text} kgCO2/kWh（{grid.label}）：{grid.reason_zh}",
            "en": f"electricity factor {grid.text} kgCO2/kWh ({grid.label}): {grid.reason_en}",
        }
    ]


def _lake() -> Lake:
    return open_lake()
