"""What institutions own goes along when they merge or split, and ends when they do. A transfer changes the body above,
not the owner: nothing moves then."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from jieyue.apps.audit.services.record import record
from jieyue.apps.holdings.models import HoldingSpan
from jieyue.apps.registry.queries import codes_of

_LONGEST: Final = 60


def carry_holdings(seq: int, origin: int, heir: int | None, day: date, *, actor: str) -> int:
    """From `day` on the heir has what the origin had (None: nobody); how many things. In the caller's transaction."""
    spans = list(HoldingSpan.objects.filter(institution=origin, valid_to__gt=day).order_by("valid_from"))
    if not spans:
        return 0
    replaced = [as_data(one) for one in spans]
    if heir is None:
        HoldingSpan.objects.filter(pk__in=[one.pk for one in spans if one.valid_from >= day]).delete()
        HoldingSpan.objects.filter(institution=origin, valid_to__gt=day).update(valid_to=day)
    else:
        moved(spans, heir, day)
    things = sorted({one.holding_id for one in spans})
    record(
        "holdings.follow", f"publication:{seq}", actor=actor,
        data={"seq": seq, "origin": origin, "heir": heir, "day": day, "holdings": things, "replaced": replaced},
    )  # fmt: skip
    return len(things)


def as_data(span: HoldingSpan) -> dict[str, Any]:
    """A span as the log keeps it."""
    return {
        "institution": span.institution, "kind": span.kind, "code": span.code, "name": span.name,
        "values": span.values, "source": span.source, "valid_from": span.valid_from, "valid_to": span.valid_to,
    }  # fmt: skip


def moved(spans: Sequence[HoldingSpan], heir: int, day: date) -> None:
    """Give the heir what these say from `day` on; a number that it uses gets the origin's code in front."""
    used = set(HoldingSpan.objects.filter(institution=heir).values_list("kind", "code"))
    origins = codes_of({one.institution for one in spans}, day)
    new: list[HoldingSpan] = []
    for one in spans:
        code = one.code
        if (one.kind, code) in used:
            code = f"{origins.get(one.institution, one.institution)}-{code}"[:_LONGEST]
        new.append(
            HoldingSpan(
                holding_id=one.holding_id, institution=heir, kind=one.kind, code=code, name=one.name,
                values=one.values, source=one.source, valid_from=max(one.valid_from, day), valid_to=one.valid_to,
            )
        )  # fmt: skip
    whole = [one.pk for one in spans if one.valid_from >= day]
    HoldingSpan.objects.filter(pk__in=whole).delete()
    HoldingSpan.objects.filter(pk__in=[one.pk for one in spans if one.valid_from < day]).update(valid_to=day)
    HoldingSpan.objects.bulk_create(new)
