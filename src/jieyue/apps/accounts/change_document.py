"""A change as the command, the interface and the page give it: one document, and the institutions of an effect."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jieyue.apps.accounts.change_words import (
    COMPOSITION,
    DECLARED,
    NAMES,
    OWING,
    SHOWN,
    answer,
    code_of,
    percent,
)
from jieyue.apps.accounts.changes import Change, changes, has_change
from jieyue.apps.accounts.due import values
from jieyue.apps.accounts.queries import FigureRow, run_for
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import codes_of, names_of
from jieyue.domain.change import Effect, Relative
from jieyue.domain.errors import DomainError
from jieyue.domain.indicators import indicator_codes
from jieyue.domain.period import Period
from jieyue.domain.rounding import display, exact_text

#: Shown when nobody names an indicator; a plan whose form lacks one goes without it.
USUAL = ("energy_total_tce", "co2_total_t", "water_total_m3", "energy_per_area_kgce_m2", "co2_per_area_kg_m2")
GROUPS = (*(code_of(effect) for effect in SHOWN), OWING)


class GroupError(DomainError):
    """A list of institutions that is none."""


@dataclass(frozen=True)
class EffectRow:
    """One part of a change. institutions: how many stand behind it; None where they are not counted."""

    code: str
    value: Fraction | None
    institutions: int | None


@dataclass(frozen=True)
class Member:
    """An institution of an effect with what it had then and has now, in the indicator's unit; None: missing."""

    number: int
    code: str
    name: str
    then: Fraction | None
    now: Fraction | None


def compared_with(period: str, against: str | None) -> str:
    """The period to compare with: the same one a year before unless another is named. Raises PeriodError."""
    return against or str(Period.parse(period).previous_year())


def usual_indicators(period: str, **more: Any) -> list[str]:
    """What is compared when nobody names an indicator."""
    known = comparable_indicators(period, **more)
    return [code for code in USUAL if code in known]


def comparable_indicators(period: str, **more: Any) -> list[str]:
    """Every indicator that has a change of its own, in the order in which people read them; `more` as for `changes`."""
    method = run_for(period, **more).method
    codes = [code for code in indicator_codes(method.account.form) if has_change(code)]
    return codes if method.factor_set else [code for code in codes if not code.startswith("co2_")]


def effect_rows(change: Change) -> list[EffectRow]:
    """The parts that sum to the change as reported exactly.

    For a sum each effect with its amount; for an intensity the like-for-like change and the rest, which is who is in
    it, and the counts of institutions behind the rest without amounts.
    """
    counts = change.counts
    if change.split is not None:
        rows = [
            EffectRow(code_of(effect), Fraction(change.split.effects[effect]), counts[effect])
            for effect in SHOWN
        ]
        return [*rows, EffectRow(DECLARED, change.undivided, None)] if change.undivided else rows
    before, after = change.like_for_like
    own = None if before is None or after is None else after - before
    others = [EffectRow(code_of(effect), None, counts[effect]) for effect in SHOWN[1:]]
    return [
        EffectRow("like_for_like", own, counts[Effect.LIKE_FOR_LIKE]),
        EffectRow(COMPOSITION, change.composition, sum(row.institutions or 0 for row in others)),
        *others,
    ]


def status_of(change: Change) -> str:
    """missing without a change, provisional if a side is, else final."""
    if change.total is None:
        return "missing"
    return "provisional" if any(row.status == "provisional" for row in change.rows) else "final"


def document(change: Change) -> dict[str, Any]:
    """The JSON object: numbers are decimal texts; effects sum to `reported` exactly."""
    then, now = change.rows
    definition = home_catalog().indicator(change.indicator)
    zh, en = answer(change, then.period, now.period)
    before, after = change.like_for_like
    alike = None if before is None or after is None else after - before

    def difference(value: Fraction | None) -> dict[str, str | None]:
        return {
            "value": None if value is None else exact_text(value),
            "display": None if value is None else display(value, definition.decimals),
        }

    return {
        "indicator": change.indicator,
        "scope": now.scope,
        "period": now.period,
        "against": then.period,
        "unit": now.unit,
        "basis": now.basis,
        "status": status_of(change),
        "answer_zh": zh,
        "answer_en": en,
        "then": _figure(then, None),
        "now": _figure(now, change.weighted),
        "reported": difference(change.total) | _relative(change.relative),
        "like_for_like": {
            "then": None if before is None else exact_text(before),
            "now": None if after is None else exact_text(after),
            **difference(alike),
            **_relative(change.like_for_like_relative),
            "institutions": change.institutions,
        },
        "effects": [
            {
                "code": row.code,
                "name_zh": NAMES[row.code][0],
                "name_en": NAMES[row.code][1],
                **difference(row.value),
                "institutions": row.institutions,
            }
            for row in effect_rows(change)
        ],
        "not_reported": change.owes,
        "notes": notes(change),
        "method": change.method,
    }


def documents(
    scope: str,
    period: str,
    against: str | None,
    indicators: Sequence[str] | None,
    *,
    listed: str | None = None,
    own: Callable[[Sequence[int]], Sequence[int]] = list,
    **more: Any,
) -> list[dict[str, Any]]:
    """The documents of a scope's changes; `more` as for `changes`.

    listed: with the institutions of this group, those that `own` leaves (all by default).
    """
    then = compared_with(period, against)
    wanted = indicators or usual_indicators(period, **more)
    found = changes(scope, wanted, then, period, **more)
    told = [document(one) for one in found]
    if listed is not None:
        for one, said in zip(found, told, strict=True):
            decimals = home_catalog().indicator(one.indicator).decimals
            rows = members(one, own(group_ids(one, listed)), **more)
            said["list"] = listed
            said["institutions"] = [member_document(row, decimals) for row in rows]
    return told


def notes(change: Change) -> list[dict[str, str]]:
    """What else differs between both figures, so that nobody takes it for use."""
    then, now = change.rows
    found = []
    if change.indicator.startswith("co2_") and then.factor_set != now.factor_set:
        found.append(
            {
                "code": "factors_differ",
                "zh": f"碳排放因子两期不同（{then.factor_set}、{now.factor_set}），可比变化含因子的变化",
                "en": f"the CO2 factors of both periods differ ({then.factor_set}, {now.factor_set}): the "
                "like-for-like change holds that as well",
            }
        )
    if "declared" in (then.origin, now.origin):
        found.append(
            {
                "code": "declared_total",
                "zh": "有一期只有公布的总数，不能按机构分解",
                "en": "one period has a printed total only, which is not divided by institution",
            }
        )
    return found


def group_ids(change: Change, group: str) -> tuple[int, ...]:
    """The institutions of a group: an effect's code, or `not_reported`. Raises GroupError."""
    _check_group(group)
    return change.owing if group == OWING else change.members[Effect[group.upper()]]


def group_size(change: Change, group: str) -> int:
    """How many institutions a group has, without listing them. Raises GroupError."""
    _check_group(group)
    return change.owes if group == OWING else change.counts[Effect[group.upper()]]


def _check_group(group: str) -> None:
    if group not in GROUPS:
        known = ", ".join(GROUPS)
        raise GroupError(
            "unknown_group",
            zh=f"没有“{group}”这个机构清单；可写 {known}",
            en=f"no list of institutions {group!r}; write one of {known}",
        )


def members(change: Change, numbers: Sequence[int], **more: Any) -> list[Member]:
    """Institutions with both values, in the order given. more: choice, boundaries, sequence of the change."""
    if not numbers:
        return []
    plans = [run_for(row.period, **more) for row in change.rows]
    if change.kept_amounts is not None:
        both = change.kept_amounts(numbers)
    else:
        then, now = (values(plan, change.indicator, list(numbers)) for plan in plans)
        both = then, now
    day = plans[1].period.last_day
    codes, names = codes_of(numbers, day), names_of(numbers, day)
    return [
        Member(number, codes[number], names[number], both[0].get(number), both[1].get(number))
        for number in numbers
    ]


def member_document(member: Member, decimals: int) -> dict[str, Any]:
    """The JSON object of an institution in a list."""

    def told(value: Fraction | None) -> str | None:
        return None if value is None else display(value, decimals)

    return {"code": member.code, "name": member.name, "then": told(member.then), "now": told(member.now)}


def _figure(row: FigureRow, weighted: Fraction | None) -> dict[str, Any]:
    return {
        "period": row.period,
        "value": row.value,
        "display": row.display,
        "status": row.status,
        "completeness": row.completeness,
        "completeness_weighted": None if weighted is None else exact_text(weighted),
        "factor_set": row.factor_set,
        "receipt": row.receipt,
    }


def _relative(share: Relative) -> dict[str, str | None]:
    return {"percent": percent(share.value), "reason": share.reason}
