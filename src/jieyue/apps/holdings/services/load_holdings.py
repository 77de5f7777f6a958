"""Store many things and key units at once, each new and for good: what a generated city brings along."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.holdings.models import Holding, HoldingSpan, KeyUnit

_BATCH = 2_000


class ThingRow(Protocol):
    """One thing. values: as HoldingSpan keeps them; a code of a field that the catalog has."""

    @property
    def institution(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def values(self) -> Mapping[str, Any]: ...
    @property
    def source(self) -> str: ...
    @property
    def valid_from(self) -> date: ...


class NamingRow(Protocol):
    """One key unit."""

    @property
    def institution(self) -> str: ...
    @property
    def document(self) -> str: ...
    @property
    def supervisor(self) -> str: ...
    @property
    def valid_from(self) -> date: ...


def load_holdings(
    things: Sequence[ThingRow],
    units: Sequence[NamingRow],
    ids: Mapping[str, int],
    *,
    actor: str,
    reason: str,
) -> None:
    """ids: code → institution. Nothing may be stored of them yet."""
    with transaction.atomic():
        made = Holding.objects.bulk_create([Holding(kind=row.kind) for row in things], batch_size=_BATCH)
        HoldingSpan.objects.bulk_create(
            (
                HoldingSpan(
                    holding=thing, institution=ids[row.institution], kind=row.kind, code=row.code, name=row.name,
                    values=dict(row.values), source=row.source, valid_from=row.valid_from,
                )
                for thing, row in zip(made, things, strict=True)
            ),
            batch_size=_BATCH,
        )  # fmt: skip
        KeyUnit.objects.bulk_create(
            KeyUnit(
                institution=ids[row.institution],
                document=row.document,
                supervisor=row.supervisor,
                valid_from=row.valid_from,
            )
            for row in units
        )
        data = {"holdings": len(things), "key_units": len(units)}
        record("sample.holdings", "holdings", actor=actor, reason=reason, data=data)
