"""Publish a month's uses by meter. What is published stays; where readings say else since, it waits for a reason."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from jieyue.apps.metering.facts import Line, standing
from jieyue.apps.metering.institution_uses import institution_uses
from jieyue.apps.metering.models import MeteredFact
from jieyue.apps.metering.months import begin_of, shifted
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.services.publish import publish
from jieyue.domain.quantity import from_fixed

_Amounts = tuple[int, int, int]
"""use, completeness, estimated: ten-thousandths"""


@dataclass(frozen=True)
class Outcome:
    """Rows that were published, that stand as they are, and that wait for a restatement."""

    published: int
    same: int
    waiting: int


def publish_metered(
    month: int,
    *,
    actor: str,
    restate: str = "",
    institutions: Collection[int] | None = None,
    least: int = 0,
) -> Outcome:
    """Publish what the stored sums say of a month that is over; restate: the reason, with which rows that have changed
    are published anew, and lines that are no more, or now another institution's, are said to be gone. Lines of which
    nothing is known are not published for the first time, nor those that are complete to less than `least`
    ten-thousandths. institutions: of these alone. Raises RefusedError."""
    today = settings.JIEYUE_HOME.today()
    if month >= today.year * 100 + today.month:
        raise RefusedError(
            "metered_running",
            zh=f"{month // 100} 年 {month % 100} 月还没有过完；过完以后再公布",
            en=f"{month // 100}-{month % 100:02d} is not over; publish it when it is",
        )
    with open_lake().lock.hold():  # the sums may not change between the comparison and the storing
        now = _sums(month, institutions)
        before = {
            (row.institution, row.carrier, row.end_use): row
            for row in standing(month)
            if institutions is None or row.institution in institutions
        }
        gone = [line for line, row in before.items() if line not in now and not row.gone]
        changed = [line for line in now if line in before and _amounts(before[line]) != now[line]]
        fresh = [line for line, one in now.items() if line not in before and one[1] >= least]
        again = [*changed, *gone] if restate else []
        if fresh or again:
            rows = {line: now.get(line) for line in sorted([*fresh, *again])}
            _publish(month, rows, before, actor=actor, reason=restate)
    waiting = 0 if restate else len(changed) + len(gone)
    same = sum(line in before for line in now) - len(changed)
    return Outcome(len(fresh) + len(again), same, waiting)


def _sums(month: int, institutions: Collection[int] | None) -> dict[Line, _Amounts]:
    found = institution_uses("month", institutions, (begin_of(month), begin_of(shifted(month, 1))))
    rows = found.table()
    shares = zip(rows["completeness"].to_pylist(), rows["estimated"].to_pylist(), strict=True)
    keys = zip(found.institution.tolist(), found.carrier.to_pylist(), found.end_use.to_pylist(), strict=True)
    return {
        key: (use, int(complete * 10_000), int(estimated * 10_000))
        for key, use, there, (complete, estimated) in zip(
            keys, found.use.tolist(), found.there.tolist(), shares, strict=True
        )
        if there
    }


def _amounts(row: MeteredFact) -> _Amounts | None:
    """What it says; None: that nothing is known."""
    if row.gone:
        return None
    use, complete, estimated = (int(one * 10_000) for one in (row.use, row.completeness, row.estimated))
    return use, complete, estimated


def _stored(amounts: _Amounts | None, old: MeteredFact | None) -> Any:
    """The numbers of a row; of a line that is gone those that were published last."""
    if amounts is not None:
        return tuple(from_fixed(one) for one in amounts)
    assert old is not None  # what is gone was there
    return old.use, old.completeness, old.estimated


def _publish(
    month: int, rows: dict[Line, _Amounts | None], before: dict[Line, MeteredFact], *, actor: str, reason: str
) -> None:
    def write(seq: int) -> None:
        made = []
        for number, (line, amounts) in zip(allocate(len(rows)), rows.items(), strict=True):
            old = before.get(line)
            institution, carrier, end_use = line
            row = MeteredFact(
                id=number, seq=seq, replaces=None if old is None else old.pk, institution=institution, month=month,
                carrier=carrier, end_use=end_use, gone=amounts is None,
            )  # fmt: skip
            row.use, row.completeness, row.estimated = _stored(amounts, old)
            made.append(row)
        MeteredFact.objects.bulk_create(made, batch_size=500)

    publish(
        "metering.publish_metered",
        actor=actor,
        write=write,
        reason=reason,
        summary={"month": month, "rows": len(rows)},
    )
