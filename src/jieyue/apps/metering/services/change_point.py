"""What the page of a metering point changes: a new point, what holds of one from a day on, another physical meter.

The fields are read and judged as one row of a file of meters, and stored by the same service.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.meters import CLOSED, METERS, ParsedMeters, read_meters
from jieyue.apps.exchange.reader import FileContent, Sheet
from jieyue.apps.exchange.result import ACCEPTED
from jieyue.apps.identity.models import User
from jieyue.apps.metering.meter_plans import carrier_words, plans_of
from jieyue.apps.metering.points import numbers_of
from jieyue.apps.metering.scope import keeps_register
from jieyue.apps.metering.services.store_meters import store_meters
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.energy_items import energy_items
from jieyue.catalog.findings import Finding, make

#: Stands where a finding would name a sheet's row.
_ROW: Final = 2


@dataclass(frozen=True)
class Change:
    """fields: as columns of a file of meters have them, only what is said. is_new: the point is not there yet. restate:
    what is stored of the same day, or of later ones, may be contradicted."""

    fields: Mapping[str, str]
    reason: str
    is_new: bool = False
    restate: bool = False


def change_point(change: Change, *, actor: str, by: User | None = None) -> int:
    """Store it; the number of the point. by: the person whose rights count; None: the desk itself.

    Raises RefusedError, with nothing changed.
    """
    check_keeper(by)
    reason = checked_reason(change.reason)
    code = change.fields.get("meter", "").strip()
    with open_lake().lock.hold():  # the registry may not change between the plan and the storing
        if change.is_new and code in numbers_of([code]):
            raise RefusedError(
                "point_there",
                zh=f"计量点 {code} 已经登记；请打开它再改，或换一个代码",
                en=f"the point {code} is registered; open it to change it, or take another code",
            )
        parsed = _read(change.fields)
        plans = plans_of(parsed, restate=change.restate)
        wrong = [finding for finding in parsed.report.findings if finding.severity == "error"]
        if wrong:
            raise RefusedError(
                "point_refused",
                zh="；".join(_in_chinese(finding) for finding in wrong),
                en="; ".join(finding.message_en for finding in wrong),
            )
        if not plans or parsed.report.state(plans[0].row.row) != ACCEPTED:
            raise RefusedError(
                "point_same",
                zh="填的内容与已登记的相同，没有可改的",
                en="this says what is registered already: there is nothing to change",
            )
        verb = "metering.add_point" if change.is_new else "metering.change_point"
        verb = "metering.close_point" if change.fields.get("state") == CLOSED else verb
        store_meters(plans, verb, actor=actor, reason=reason, summary={"fields": dict(change.fields)})
    return numbers_of([code])[code]


def check_keeper(by: User | None) -> None:
    """Raises RefusedError for who does not keep the register."""
    if by is not None and not keeps_register(by):
        raise RefusedError(
            "point_not_yours",
            zh="计量点由管理全部名录的人登记；请把要改的告诉市级管理员",
            en="metering points are kept by who keeps the whole registry; tell the city administrator",
        )


def checked_reason(text: str) -> str:
    """Without spaces around it. Raises RefusedError for none, or one too long."""
    reason = text.strip()
    if not reason or len(reason) > 500:
        raise RefusedError(
            "point_reason", zh="请写明理由，不超过 500 字", en="give a reason, 500 characters at most"
        )
    return reason


def _read(fields: Mapping[str, str]) -> ParsedMeters:
    """As a file with one row."""
    said = {name: text.strip() for name, text in fields.items() if name in METERS}
    digest = hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()
    sheet = Sheet(None, True, 1, 1, (tuple(said), tuple(said.values())))
    content = FileContent("", "csv", 0, digest, (sheet,))
    return read_meters(
        content, of_catalog(home_catalog()), carriers=carrier_words(), end_uses=energy_items().keys()
    )


def _in_chinese(finding: Finding) -> str:
    """A finding whose column has its Chinese name."""
    column = METERS[finding.column][0] if finding.column in METERS else finding.column
    return make(
        finding.code, sheet=None, row=finding.row, column=column, value=finding.value, **finding.data
    ).message_zh
