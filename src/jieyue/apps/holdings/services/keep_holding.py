"""Say what an institution owns on a page: a new thing, or what holds of one from a day on.

The fields are read and judged as one row of a file, and stored by the same rules.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.lists import ParsedList, read_list
from jieyue.apps.exchange.reader import FileContent, Sheet
from jieyue.apps.exchange.result import ACCEPTED
from jieyue.apps.holdings.columns import list_kind
from jieyue.apps.holdings.models import HoldingSpan
from jieyue.apps.holdings.plans import Plans, write
from jieyue.apps.holdings.rules import home_holdings
from jieyue.apps.holdings.scope import check_keeper
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import number_of
from jieyue.catalog.findings import Finding, make
from jieyue.catalog.holdings import FIXED, Holdings

_LONGEST_REASON: Final = 500


@dataclass(frozen=True)
class Said:
    """fields: as columns of a file of holdings have them, only what is said. is_new: the thing is not there yet.
    restate: what is stored of the same day, or of later ones, is corrected, for this reason."""

    fields: Mapping[str, str]
    is_new: bool = False
    restate: bool = False
    reason: str = ""


def keep_holding(said: Said, *, actor: str, by: User | None = None) -> int:
    """Store it; the number of the thing. by: the person whose rights count; None: the desk itself.

    Raises RefusedError, with nothing changed; CatalogError if the home's own kinds cannot be read.
    """
    rules, fields = home_holdings(), _filled(said.fields)
    institution = number_of(fields.get("institution", ""))
    if institution is not None:
        check_keeper(by, institution)
    reason = _reason(said)
    with open_lake().lock.hold(), transaction.atomic():
        if said.is_new and not fields.get("code") and institution is not None:
            fields["code"] = _next_number(institution, fields.get("kind", ""))
        parsed, plans = _read(fields, rules), Plans(rules)
        if not parsed.report.stopped:
            plans.look(parsed, said.restate)
        _refuse(parsed, rules)
        (row,) = parsed.parsed
        place = (plans.institutions[row.values["institution"]], row.values["kind"], row.values["code"])
        if said.is_new and place in plans.before:
            raise RefusedError(
                "holding_there",
                zh=f"编号 {place[2]} 已经登记；请打开它再改，或换一个编号",
                en=f"the number {place[2]} is registered; open that thing to change it, or take another number",
            )
        if parsed.report.state(row.row) != ACCEPTED:
            raise RefusedError(
                "holding_same",
                zh="填的内容与已登记的相同，没有可改的",
                en="this says what is registered already: there is nothing to change",
            )
        replaced = write(plans, None)
        span = HoldingSpan.objects.filter(institution=place[0], kind=place[1], code=place[2]).latest(
            "valid_from"
        )
        record(
            "holdings.add" if said.is_new else "holdings.change", f"holding:{span.holding_id}", actor=actor,
            reason=reason, data={"fields": fields, "replaced": replaced},
        )  # fmt: skip
    return span.holding_id


def _filled(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: text.strip() for name, text in fields.items() if text.strip()}


def _reason(said: Said) -> str:
    reason = said.reason.strip()
    if (said.restate and not reason) or len(reason) > _LONGEST_REASON:
        raise RefusedError(
            "holding_reason",
            zh="更正已登记的内容请写明理由，不超过 500 字",
            en="give a reason for correcting what is registered, 500 characters at most",
        )
    return reason


def _next_number(institution: int, kind: str) -> str:
    """The lowest whole number that is above all numbers of the kind."""
    used = HoldingSpan.objects.filter(institution=institution, kind=kind).values_list("code", flat=True)
    return str(1 + max((int(code) for code in used if code.isascii() and code.isdigit()), default=0))


def _read(fields: Mapping[str, str], rules: Holdings) -> ParsedList:
    """As a file with one row."""
    digest = hashlib.sha256(repr(sorted(fields.items())).encode()).hexdigest()
    sheet = Sheet(None, True, 1, 1, (tuple(fields), tuple(fields.values())))
    content = FileContent("", "csv", 0, digest, (sheet,))
    return read_list(content, of_catalog(home_catalog()), list_kind(rules))


def _refuse(parsed: ParsedList, rules: Holdings) -> None:
    wrong = [finding for finding in parsed.report.findings if finding.severity == "error"]
    if wrong:
        raise RefusedError(
            "holding_refused",
            zh="；".join(_named(finding, rules, "zh") for finding in wrong),
            en="; ".join(_named(finding, rules, "en") for finding in wrong),
        )


def _named(finding: Finding, rules: Holdings, language: str) -> str:
    """A finding whose column has its name, with how to mend it."""
    fields, column = rules.every_field(), finding.column or ""
    if column in fields:
        column = fields[column].name_zh if language == "zh" else fields[column].name_en
    elif column in FIXED:
        column = FIXED[column][0 if language == "zh" else -1]
    told = make(finding.code, sheet=None, row=finding.row, column=column, value=finding.value, **finding.data)
    return told.message_zh if language == "zh" else told.message_en
