"""An institution is named a key energy-using unit, gets another supervisor or paper, or is none any more."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.holdings.key_units import may_designate, unit_of
from jieyue.apps.holdings.models import KeyUnit
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.registry.queries import institution as on_day
from jieyue.domain.tree import OPEN_END

_LONGEST = 100


@dataclass(frozen=True)
class Naming:
    """document: number of the paper; supervisor: the body that supervises from the day on."""

    institution: int
    day: date
    document: str
    supervisor: str


def designate(naming: Naming, *, actor: str, by: User | None = None) -> int:
    """From the day on; what held before ends with it. by: the person whose rights count; None: the desk itself.

    Raises RefusedError, with nothing changed.
    """
    texts = [text.strip() for text in (naming.document, naming.supervisor)]
    if not all(texts) or max(map(len, texts)) > _LONGEST:
        raise RefusedError(
            "key_unit_texts",
            zh="请写明依据文号和监管单位，各不超过 100 字",
            en="say the number of the paper and the supervising body, 100 characters at most each",
        )
    with open_lake().lock.hold(), transaction.atomic():
        _check(naming.institution, naming.day, by)
        rows = KeyUnit.objects.filter(institution=naming.institution)
        if rows.filter(valid_from__gte=naming.day).exists():
            raise RefusedError(
                "key_unit_day",
                zh="已有同一天或更晚起的记录；请用更晚的日期",
                en="something is on record from that day or a later one; take a later day",
            )
        held = unit_of(naming.institution, naming.day)
        if held is not None and [held.document, held.supervisor] == texts:
            raise RefusedError(
                "key_unit_same",
                zh="与已登记的相同，没有可改的",
                en="this is on record already: there is nothing to change",
            )
        before = _data(held) if held else None
        if held is not None:
            KeyUnit.objects.filter(pk=held.pk).update(valid_to=naming.day)
        made = KeyUnit.objects.create(
            institution=naming.institution, document=texts[0], supervisor=texts[1], valid_from=naming.day,
            valid_to=held.valid_to if held else OPEN_END,  # an end that is on record stays
        )  # fmt: skip
        record(
            "holdings.designate", f"institution:{naming.institution}", actor=actor,
            data={"replaced": before, **_data(made)},
        )  # fmt: skip
    return made.pk


def end_designation(institution: int, day: date, *, actor: str, reason: str, by: User | None = None) -> None:
    """It is none from the day on. Raises RefusedError, with nothing changed."""
    if not reason.strip() or len(reason) > 500:
        raise RefusedError(
            "key_unit_reason",
            zh="请写明理由或文号，不超过 500 字",
            en="give a reason or the paper, 500 characters at most",
        )
    with open_lake().lock.hold(), transaction.atomic():
        _check(institution, day, by)
        held = unit_of(institution, day)
        if held is None or not held.valid_from < day or held.valid_to != OPEN_END:
            raise RefusedError(
                "key_unit_none",
                zh="那天它不是重点用能单位，或刚从那天开始，或已登记终止",
                en="it is no key unit on that day, begins on it, or its end is on record",
            )
        KeyUnit.objects.filter(pk=held.pk).update(valid_to=day)
        record(
            "holdings.end_designation", f"institution:{institution}", actor=actor, reason=reason.strip(),
            data={"day": day, "replaced": _data(held)},
        )  # fmt: skip


def follow_registry(seq: int, institution: int, day: date, *, actor: str) -> None:
    """An institution that is no more is no key unit: whether its heir is one is for a paper to say. In the caller's
    transaction."""
    rows = KeyUnit.objects.filter(institution=institution, valid_to__gt=day)
    gone = [_data(row) for row in rows]
    if not gone:
        return
    rows.filter(valid_from__gte=day).delete()
    rows.update(valid_to=day)
    record(
        "holdings.follow_designations",
        f"publication:{seq}",
        actor=actor,
        data={"seq": seq, "day": day, "replaced": gone},
    )


def _check(institution: int, day: date, by: User | None) -> None:
    if on_day(institution, day) is None:
        raise RefusedError(
            "unknown_institution", zh="那天没有这家机构", en="there is no such institution on that day"
        )
    if by is not None and not may_designate(by, institution):
        raise RefusedError(
            "key_unit_not_yours",
            zh="重点用能单位由管理名录的人认定",
            en="key units are named by who keeps the registry",
        )


def _data(row: KeyUnit) -> dict[str, Any]:
    return {
        "institution": row.institution, "document": row.document, "supervisor": row.supervisor,
        "valid_from": row.valid_from, "valid_to": row.valid_to,
    }  # fmt: skip
