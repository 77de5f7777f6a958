"""Say what was found at one drawn institution, and close the check with its scores."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError, wrong
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.models import Attachment
from jieyue.apps.spotchecks import refusals
from jieyue.apps.spotchecks.models import SpotCell, SpotCheck, SpotItem
from jieyue.apps.spotchecks.queries import Version, version_of
from jieyue.apps.spotchecks.scope import may_check, may_see
from jieyue.domain.period import Period
from jieyue.domain.spot_check import Looked, Score, agrees, score

LONGEST = 2000
_LARGEST = Decimal(10) ** 14


@dataclass(frozen=True, slots=True)
class Said:
    """One cell as the person wrote it. found: a number, empty = the papers show none."""

    item: str
    found: str
    evidence: str
    attachment: int | None = None


def look(
    user: User, number: int, cells: Sequence[Said], *, seen: str, remark: str = "", correction: str = ""
) -> SpotItem:
    """Record what was found; said again, it stands instead of what was said before. Raises RefusedError.

    seen: digest of the version that the person compared with.
    """
    with transaction.atomic():
        item = SpotItem.objects.select_for_update().select_related("check_of").filter(pk=number).first()
        if item is None:
            raise refusals.unknown()
        check = _open(user, item.check_of_id)
        version = version_of(item.subject, check.form, check.period)
        _refuse_wrong(user, version, seen, (remark, correction))
        assert version is not None
        made = [_cell(item, check, version, one) for one in cells]
        if not made or len({cell.item for cell in made}) < len(made):
            raise wrong(
                "spot_cells", "至少查一格，每格只写一次", "look at one cell at least, and at each once"
            )
        item.cells.all().delete()
        SpotCell.objects.bulk_create(made)
        item.outcome = (
            SpotItem.Outcome.AGREES if all(cell.agrees for cell in made) else SpotItem.Outcome.DIFFERS
        )
        item.version_digest, item.remark, item.correction = version.digest, remark.strip(), correction.strip()
        item.looked_by, item.looked_at = user.get_username(), timezone.now()
        item.save()
        record(
            "spotchecks.look", f"spotitem:{item.pk}", actor=item.looked_by, after=version.digest,
            reason=item.correction,
            data={
                "check": check.pk, "institution": item.subject, "outcome": str(item.outcome),
                "cells": [[cell.item, cell.reported, cell.found, cell.evidence] for cell in made],
            },
        )  # fmt: skip
        return item


def _open(user: User, number: int) -> SpotCheck:
    """The check, held, as one at which the person may work."""
    check = SpotCheck.objects.select_for_update().filter(pk=number).first()
    if check is None:
        raise refusals.unknown()
    day = Period.parse(check.period).last_day
    if not may_check(user, check.body, day):
        raise refusals.not_yours() if may_see(user, check.body, day) else refusals.unknown()
    if check.state != SpotCheck.State.OPEN:
        raise refusals.closed()
    return check


def _refuse_wrong(user: User, version: Version | None, seen: str, texts: Sequence[str]) -> None:
    if version is None:
        raise wrong(
            "spot_nothing",
            "这家机构还没有上报，没有可查的数",
            "the institution has reported nothing that could be looked at",
        )
    if version.digest != seen:
        raise wrong(
            "return_moved",
            "您看到的内容后来又变了；请核对现在的数再填",
            "it is no longer what you have looked at; compare with the present numbers",
        )
    if user.get_username() in version.entered:
        raise refusals.own_cell()
    if any(len(text) > LONGEST for text in texts):
        raise wrong("spot_text", "文字太长", "the text is too long")


def _cell(item: SpotItem, check: SpotCheck, version: Version, said: Said) -> SpotCell:
    known = {one.code for one in home_catalog().items(check.form)}
    if said.item not in known:
        raise wrong("unknown_item", f"表中没有 {said.item}", f"the form has no item {said.item}")
    evidence = said.evidence.strip()
    if not evidence or len(evidence) > LONGEST:
        raise wrong(
            "spot_evidence",
            f"请写 {said.item} 凭什么查实（票据号、表具照片等）",
            f"say by which paper {said.item} was found (a bill, a meter's photograph)",
        )
    paper = said.attachment
    if paper is not None and not Attachment.objects.filter(pk=paper, parent=version.parent).exists():
        raise wrong("spot_paper", "没有这份附件", "there is no such paper")
    reported, found = version.cells.get(said.item), _number(said.item, said.found)
    return SpotCell(
        item_of=item, item=said.item, attachment_id=paper, evidence=evidence,
        reported=None if reported is None else f"{reported:f}", found=None if found is None else f"{found:f}",
        agrees=agrees(Looked(said.item, reported, found), Decimal(check.weights["tolerance"])),
    )  # fmt: skip


def _number(item: str, text: str) -> Decimal | None:
    clean = text.strip().replace(",", "").replace("，", "")
    if not clean:
        return None
    try:
        found = Decimal(clean)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found < _LARGEST or found != round(found, 4):
        raise wrong(
            "spot_number", f"{item} 查实的数看不懂：{clean[:40]}", f"{item}: not a number: {clean[:40]}"
        )
    return round(found, 4).normalize() if found else Decimal(0)


def close(user: User, number: int) -> SpotCheck:
    """End the check and keep its scores. Raises RefusedError while a drawn return is not looked at."""
    with transaction.atomic():
        check = _open(user, number)
        items = list(check.items.prefetch_related("cells").order_by("place"))
        left = [
            item
            for item in items
            if item.outcome == SpotItem.Outcome.NONE and version_of(item.subject, check.form, check.period)
        ]
        if left or all(item.outcome == SpotItem.Outcome.NONE for item in items):
            raise _unfinished(len(left))
        weights = {key: Decimal(text) for key, text in check.weights.items()}
        bodies = sorted({item.stratum for item in items})
        stands = _stands_for(check, items)
        check.scores = {
            name: _scored([one for one in items if one.stratum == name], weights, stands) for name in bodies
        }
        check.scores["*"] = _scored(items, weights, stands)
        check.state, check.closed_by, check.closed_at = (
            SpotCheck.State.CLOSED,
            user.get_username(),
            timezone.now(),
        )
        check.save()
        record(
            "spotchecks.close", f"spotcheck:{check.pk}", actor=check.closed_by, before=check.frame_digest,
            after=check.frame_digest, data={"scores": check.scores},
        )  # fmt: skip
        return check


def _unfinished(left: int) -> RefusedError:
    return wrong(
        "spot_unfinished",
        f"还有 {left} 家没有查" if left else "一家也没有查",
        f"{left} drawn returns are not looked at yet" if left else "nothing was looked at",
    )


def _stands_for(check: SpotCheck, items: Sequence[SpotItem]) -> dict[int, Fraction]:
    """Institution → how many of its stratum in the list each drawn one stands for."""
    sizes = Counter(stratum for _code, stratum, _weight in json.loads(check.frame))
    drawn = Counter(_stratum(item) for item in items)
    return {item.subject: Fraction(sizes[name], drawn[name]) for item in items for name in (_stratum(item),)}


def _stratum(item: SpotItem) -> str:
    """As the list has it."""
    return "/".join(filter(None, (item.stratum, item.kind)))


def _scored(
    items: Sequence[SpotItem], weights: dict[str, Decimal], stands: Mapping[int, Fraction]
) -> dict[str, object]:
    cells = [_looked(cell, stands[item.subject]) for item in items for cell in item.cells.all()]
    made: Score = score(cells, weights["tolerance"], weights)
    return {
        "drawn": len(items),
        "looked": sum(item.outcome != SpotItem.Outcome.NONE for item in items),
        "differing": sum(item.outcome == SpotItem.Outcome.DIFFERS for item in items),
        "cells": made.cells,
        "agreeing": made.agreeing,
        "value": None if made.value is None else f"{made.value:f}",
    }


def _looked(cell: SpotCell, stands_for: Fraction) -> Looked:
    reported, found = (None if text is None else Decimal(text) for text in (cell.reported, cell.found))
    return Looked(cell.item, reported, found, stands_for)
