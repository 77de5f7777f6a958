"""How an institution's energy users came about, for the receipts of figures that have them: 300 + 0.5 × 120 = 360."""

from collections.abc import Iterator, Mapping

from jieyue.apps.accounts.services.compute_run import RunPlan
from jieyue.apps.publication.rules import catalog_by_digest
from jieyue.apps.returns.cells import parse
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.returns.persons import asks_of_many, computed
from jieyue.catalog.loader import Catalog
from jieyue.catalog.model import IndicatorDef
from jieyue.domain.period import Period

_ROLE = "persons"
_SCOPE = "institution:"


def persons_notes(plan: RunPlan, part: str, definition: IndicatorDef) -> tuple[Mapping[str, str], ...]:
    """One note for each return behind the figure whose number is what the authority's formula makes of its counts.

    Of single institutions only; empty where there is no formula, or the number was stated otherwise.
    """
    if not part.startswith(_SCOPE) or _ROLE not in (definition.numerator, definition.denominator):
        return ()
    return tuple(_notes(plan, int(part.removeprefix(_SCOPE))))


def _notes(plan: RunPlan, institution: int) -> Iterator[Mapping[str, str]]:
    form = plan.method.account.form.form
    for text, cells, digest in _versions(plan, institution, form):
        catalog = _rules(digest, plan)
        formula = asks_of_many(form, Period.parse(text), [institution], catalog=catalog)[institution].formula
        found = None if formula is None else computed(formula, cells)
        if formula is None or found is None or cells.get(formula.item) != found[0]:
            continue
        items = {code: catalog.item(f"{form}:{code}") for code in (formula.item, *formula.counts)}
        zh = {code: item.name_zh for code, item in items.items()}
        en = {code: item.name_en for code, item in items.items()}
        yield {
            "zh": f"{text} {zh[formula.item]} = {formula.words(zh)}：{found[1]}（{formula.source}）",
            "en": f"{text} {en[formula.item]} = {formula.words(en)}: {found[1]} ({formula.source})",
        }


def _rules(digest: str, plan: RunPlan) -> Catalog:
    """The catalog that a version was published under; of one from before catalogs were kept, that of the run."""
    try:
        return catalog_by_digest(digest)
    except FileNotFoundError:
        return catalog_by_digest(plan.key.catalog_digest)


def _versions(
    plan: RunPlan, institution: int, form: str
) -> list[tuple[str, dict[str, tuple[int, int]], str]]:
    """(Period, cells, digest of the catalog) of the versions in force as of the run's publication, oldest first."""
    rows = ReturnVersion.objects.filter(
        seq__lte=plan.key.sequence,
        parent__subject=institution,
        parent__subject_kind=Return.Subject.INSTITUTION,
        parent__form=form,
        parent__instance="",
    )
    listed = list(rows.values_list("id", "replaces", "parent__period", "cells", "catalog"))
    replaced = {row[1] for row in listed}
    within = [
        (text, parse(cells), digest)
        for number, _old, text, cells, digest in listed
        if number not in replaced and plan.period.contains(Period.parse(text))
    ]
    return sorted(within, key=lambda one: one[0])
