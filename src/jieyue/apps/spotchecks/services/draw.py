"""Draw a spot check: the list of who may be drawn, weighed and frozen, and the sample that seed and list give."""

import json
import secrets
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import wrong
from jieyue.apps.publication.queries import last_done
from jieyue.apps.spotchecks import refusals
from jieyue.apps.spotchecks.frame import frame_of, settings_now
from jieyue.apps.spotchecks.models import SpotCheck, SpotItem
from jieyue.apps.spotchecks.scope import may_check, may_see
from jieyue.domain.period import Period
from jieyue.domain.spot_check import METHODS, STRATA, draw, frame_digest

_LONGEST = 100


def draw_check(
    user: User,
    body: int,
    form: str,
    period: str,
    *,
    method: str = "risk",
    share: str = "0.05",
    seed: str = "",
    strata: str = "body",
) -> SpotCheck:
    """A new spot check, open. seed: empty = one is made up and shown. strata: by collecting body, or by body and type
    of institution; of each at least the share is drawn. Raises RefusedError, PeriodError.
    """
    span = Period.parse(period)
    if not may_see(user, body, span.last_day):
        raise refusals.unknown()
    if not may_check(user, body, span.last_day):
        raise refusals.not_yours()
    if span.last_day >= settings.JIEYUE_HOME.today():
        raise wrong("spot_running", "期间还没有结束", "the period has not ended")
    weights = settings_now()
    part, text = _share(share, weights["min_share"]), _seed(seed)
    if method not in METHODS:
        raise wrong("spot_method", "方法只有随机和按风险", "the method is random or risk")
    if strata not in STRATA:
        raise wrong(
            "spot_strata", "分层只有按机关（body）和按机关与类型（type）", "strata are by body or by type"
        )
    sequence = last_done()
    frame = frame_of(body, form, span, weights, sequence, strata)
    if not frame:
        raise wrong("spot_nobody", "没有应报的机构", "no institution owes this return")
    numbers = {one.code: number for number, one in frame.items()}
    chosen = draw(text, frame.values(), part, method)
    listed = sorted([one.code, one.stratum, f"{one.weight:f}"] for one in frame.values())
    with transaction.atomic():
        made = SpotCheck.objects.create(
            form=form, period=period, body=body, method=method, seed=text, share=f"{part:f}", strata=strata,
            frame=json.dumps(listed, ensure_ascii=False, separators=(",", ":")),
            frame_size=len(frame), frame_digest=frame_digest(frame.values()),
            weights={key: f"{value:f}" for key, value in weights.items()},
            made_by=user.get_username(), made_at=timezone.now(),
        )  # fmt: skip
        SpotItem.objects.bulk_create(
            SpotItem(
                check_of=made, subject=numbers[one.code], stratum=one.body, kind=one.kind,
                weight=f"{one.weight:f}", place=place,
            )
            for place, one in enumerate(chosen, start=1)
        )  # fmt: skip
        record(
            "spotchecks.draw", f"spotcheck:{made.pk}", actor=made.made_by, after=made.frame_digest,
            data={
                "body": body, "form": form, "period": period, "method": method, "seed": text, "share": made.share,
                "strata": strata, "institutions": len(frame), "drawn": len(chosen),
            },
        )  # fmt: skip
    return made


def _share(text: str, least: Decimal) -> Decimal:
    try:
        share = Decimal(text)
    except InvalidOperation:
        share = Decimal("NaN")
    if not (share.is_finite() and least <= share <= 1 and -share.as_tuple().exponent <= 6):  # type: ignore[operator]
        raise wrong(
            "spot_share",
            f"比例在 {least * 100:f}% 到 100% 之间",
            f"the share is between {least * 100:f} % and 100 %",
        )
    return share


def _seed(text: str) -> str:
    clean = text.strip()
    if len(clean) > _LONGEST or not clean.isprintable():
        raise wrong(
            "spot_seed", "种子是不超过 100 字的一行文字", "the seed is one line of at most 100 letters"
        )
    return clean or secrets.token_hex(8)
