"""Pass a rule set over the returns of a year and keep what it finds."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.scope import Read
from jieyue.apps.returns import acting
from jieyue.apps.returns.queries import Document
from jieyue.apps.review.lake_desk import city_desk, names_of
from jieyue.apps.review.models import ReviewFinding, ReviewRun
from jieyue.apps.review.office_desk import Cells, documents_beside, office_desk
from jieyue.apps.review.releases import Held, held_on
from jieyue.apps.review.rules import Ready, ready
from jieyue.catalog.ruleset import RuleSet
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period
from jieyue.domain.review import AMONG_MANY, Flag, check

_BATCH = 2000
_CHANGED = ["state", "explanation", "explained_by", "decided_by", "value", "facts", "severity"]
_OF_OTHERS = frozenset({"low", "high", "usual"})
Key = tuple[int, str, str, str]


@dataclass(frozen=True)
class Pass:
    """What a rule set says of some periods: flags, returns looked at, rules whose limit is not set.

    subjects: institutions that were looked at. after: the newest run when the look began.
    """

    rules: RuleSet
    flags: list[Flag]
    returns: int
    unset: list[str]
    sequence: int
    subjects: frozenset[int] = frozenset()
    after: int = 0


def look(form: str, periods: Sequence[Period], *, rules: Held | None = None, drafts: bool = True) -> Pass:
    """Judge the returns of some periods of one year; nothing is stored. rules: others than those in force.

    Raises DomainError if the periods are not of one kind and year.
    """
    kinds = {(period.kind_letter, period.year) for period in periods}
    if len(kinds) != 1:
        raise DomainError(
            "review_periods",
            zh="一次审核只看同一年、同一种期间；请分开审核",
            en="one pass looks at periods of one kind and year; review them one after another",
        )
    ((kind, year),) = kinds
    held = rules or _held_by_all(periods)
    chosen = held.rules
    scheme = home_catalog().scheme_on(max(period.last_day for period in periods)).code
    made = ready(chosen, form, scheme)
    sequence = last_done()
    after = ReviewRun.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    desk = city_desk(form, kind, year, sequence=sequence, codes=made.codes, drafts=drafts)
    desk = replace(desk, prices=held.prices_of(form, max(period.last_day for period in periods)))
    wanted = np.isin(names_of(kind, year), [str(period) for period in periods])
    flags = check(desk, made.rules, kind, wanted=wanted)
    return Pass(
        chosen,
        flags,
        int(desk.panel.filed[:, wanted].sum()),
        list(made.unset),
        sequence,
        frozenset(desk.subjects.tolist()),
        after,
    )


def _held_by_all(periods: Sequence[Period]) -> Held:
    """The rules in force for the periods. Raises DomainError where others hold for some of them than for others."""
    held = {(one := held_on(period.last_day)).release: one for period in periods}
    if len(held) != 1:
        raise DomainError(
            "review_releases",
            zh="这些期间适用的审核规则不同（启用日期在其中）；请分开审核",
            en="different rules hold for these periods (a release begins among them); review them one after another",
        )
    return next(iter(held.values()))


def look_at(
    form: str,
    period: Period,
    subjects: Collection[int],
    *,
    instance: str | Mapping[int, str] = "",
    typed: Mapping[tuple[int, str], Cells] | None = None,
    rules: Held | None = None,
) -> Pass:
    """Judge the returns of some institutions for a period from the office's documents; nothing is stored.

    instance: which room, of a form with rooms, or of each institution which. typed: all cells of a return, in place of
    what is stored. Comparisons with peers and with other institutions are left out.
    """
    held = rules or held_on(period.last_day)
    made = ready(held.rules, form, home_catalog().scheme_on(period.last_day).code)
    flags, returns = _judge(made, held, form, period, subjects, instance=instance, typed=typed)
    return Pass(held.rules, flags, returns, list(made.unset), last_done())


def look_at_typed(
    form: str, period: Period, typed: Mapping[tuple[int, str], Cells]
) -> list[tuple[str, Flag]]:
    """What the rules say of returns by all their cells, as a workbook leaves them, with the room of each; nothing is
    stored.

    typed: (institution, room or empty) → cells. Each room is judged by itself, in as many passes as one institution
    has rooms.
    """
    passes: list[dict[int, str]] = []
    for subject, room in typed:
        free = next((one for one in passes if subject not in one), None)
        if free is None:
            passes.append(free := {})
        free[subject] = room
    found: list[tuple[str, Flag]] = []
    for rooms in passes:
        cells = {(subject, str(period)): typed[subject, room] for subject, room in rooms.items()}
        flags = look_at(form, period, list(rooms), instance=rooms, typed=cells).flags
        found += [(rooms[flag.subject], flag) for flag in flags]
    return found


def flags_of(
    held: Held,
    form: str,
    period: Period,
    subject: int,
    instance: str = "",
    read: Sequence[Document] | None = None,
    known: Read | None = None,
) -> list[Flag]:
    """What `look_at` says of one institution by these rules. read: what `read_beside` has read for it already; known:
    what the request has read of it in the registry."""
    made = ready(held.rules, form, home_catalog().scheme_on(period.last_day).code)
    return _judge(made, held, form, period, [subject], instance=instance, read=read, known=known)[0]


def read_beside(held: Held, key: acting.Key) -> list[Document]:
    """What the rules look at of one return: its institution's returns of this year and the last, itself among them."""
    made = ready(held.rules, key.form, home_catalog().scheme_on(key.last_day).code)
    return documents_beside(key, made.codes)


def _judge(
    made: Ready, held: Held, form: str, period: Period, subjects: Collection[int], **given: Any
) -> tuple[list[Flag], int]:
    """(flags, number of returns looked at). given: as `office_desk` takes it."""
    kind = period.kind_letter
    desk = office_desk(form, kind, period.year, subjects, codes=made.codes, **given)
    desk = replace(desk, prices=held.prices_of(form, period.last_day))
    wanted = np.array([name == str(period) for name in names_of(kind, period.year)])
    flags = check(desk, [rule for rule in made.rules if rule.op not in AMONG_MANY], kind, wanted=wanted)
    return flags, int(desk.panel.filed[:, wanted].sum())


def check_returns(
    form: str, periods: Sequence[Period], *, actor: str, found: Pass | None = None
) -> ReviewRun:
    """Judge the returns of some periods and keep the findings; one transaction, one log entry.

    found: what `look` has just said of them.
    """
    found = found or look(form, periods)
    with transaction.atomic():
        run = _run(form, periods, found, actor)
        _keep(run, found)
        record(
            "review.check",
            f"form:{form}",
            actor=actor,
            data={"periods": run.periods, "ruleset": run.ruleset, "digest": run.ruleset_digest,
                  "returns": run.returns, "findings": len(found.flags)},
        )  # fmt: skip
    return run


def keep_of(form: str, period: Period, subject: int, found: Pass, *, actor: str, instance: str = "") -> None:
    """Keep what `look_at` has said of one return; what only a pass over all finds stays as it was found.

    For a service that records its own change, in its transaction.
    """
    run = _run(form, [period], found, actor, subject=subject)
    _keep(run, found, apart=[row.code for row in found.rules.rows if row.op in AMONG_MANY], instance=instance)


def _run(
    form: str, periods: Sequence[Period], found: Pass, actor: str, *, subject: int | None = None
) -> ReviewRun:
    return ReviewRun.objects.create(
        form=form,
        kind=periods[0].kind_letter,
        periods=[str(period) for period in periods],
        seq=found.sequence,
        ruleset=found.rules.id,
        ruleset_digest=found.rules.digest,
        returns=found.returns,
        counts=dict(sorted(Counter(flag.rule for flag in found.flags).items())),
        unset=found.unset,
        actor=actor,
        subject=subject,
    )


def _keep(run: ReviewRun, found: Pass, *, apart: Collection[str] = (), instance: str = "") -> None:
    """New findings are added, those that stay keep their explanation, those that are not found again are gone.

    apart: rules that were not judged. Who was not looked at, or was looked at anew meanwhile, is left as it is.
    """
    rows = ReviewFinding.objects.filter(form=run.form, period__in=run.periods, instance=instance)
    rows = rows.exclude(rule__in=apart)
    if run.subject is not None:
        rows = rows.filter(subject=run.subject)
    # Locked before anything is asked or written, in one order: what is said of one of these in between is said after
    # this. A return of which nothing is stored yet is not held: what is found of it stands as it stood when looked at.
    held = list(rows.select_for_update().order_by("pk"))
    newer = ReviewRun.objects.filter(pk__gt=found.after, form=run.form, subject__isnull=False)
    fresher = set(newer.values_list("subject", flat=True)) if run.subject is None else set()
    flags = [flag for flag in found.flags if flag.subject not in fresher]
    stored = {
        (row.subject, row.period, row.rule, row.item): row
        for row in held
        if row.subject not in fresher and (run.subject is not None or row.subject in found.subjects)
    }
    fresh: list[ReviewFinding] = []
    changed: list[ReviewFinding] = []
    seen: list[int] = []
    for flag in flags:
        row = stored.pop((flag.subject, flag.period, flag.rule, flag.item), None)
        if row is None:
            fresh.append(_row(run, flag, instance))
            continue
        seen.append(row.pk)
        same = (row.value, _own(row.facts), row.severity) == (flag.value, _own(flag.facts), flag.severity)
        if same and row.state != ReviewFinding.State.GONE and row.facts == dict(flag.facts):
            continue
        if not same:
            row.state = ReviewFinding.State.OPEN
            row.explanation = row.explained_by = row.decided_by = ""
        elif row.state == ReviewFinding.State.GONE:
            row.state = ReviewFinding.State.EXPLAINED if row.explanation else ReviewFinding.State.OPEN
        row.value, row.facts, row.severity = flag.value, dict(flag.facts), flag.severity
        changed.append(row)
    gone = [row.pk for row in stored.values() if row.state != ReviewFinding.State.GONE]
    fresh.sort(key=lambda row: (row.subject, row.period, row.rule, row.item))
    ReviewFinding.objects.bulk_create(fresh, batch_size=_BATCH, ignore_conflicts=True)  # two passes at once
    ReviewFinding.objects.bulk_update(changed, _CHANGED, batch_size=100)
    for start in range(0, len(seen), _BATCH):
        ReviewFinding.objects.filter(pk__in=seen[start : start + _BATCH]).update(last_run=run)
    for start in range(0, len(gone), _BATCH):
        part = ReviewFinding.objects.filter(pk__in=gone[start : start + _BATCH])
        part.update(state=ReviewFinding.State.GONE, last_run=run)


def _own(facts: Mapping[str, str]) -> dict[str, str]:
    """The return's own numbers: medians of other periods change without it, and an explanation is of the return."""
    return {name: value for name, value in facts.items() if name not in _OF_OTHERS}


def _row(run: ReviewRun, flag: Flag, instance: str) -> ReviewFinding:
    return ReviewFinding(
        subject=flag.subject,
        form=run.form,
        period=flag.period,
        instance=instance,
        rule=flag.rule,
        item=flag.item,
        severity=flag.severity,
        value=flag.value,
        facts=dict(flag.facts),
        first_run=run,
        last_run=run,
    )
