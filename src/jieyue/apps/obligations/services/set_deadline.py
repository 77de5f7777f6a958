"""Decide when returns are due: the authority's rule, that of a group or a unit, and an extension for one period."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.obligations.models import Deadline, Obligation
from jieyue.apps.obligations.owing import require_owed
from jieyue.apps.obligations.scope import bodies_for, read_of
from jieyue.apps.obligations.services.open_periods import Opened, sync
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.queries import exists
from jieyue.apps.registry.scope import institutions_for
from jieyue.apps.trees.queries import Tree, members, node_by_id, tree
from jieyue.domain.period import Period

EXTEND = "extend"
LONGEST = 2000
#: No day is named, and none counted, that lies further from the period's last day.
FURTHEST = 366


@dataclass(frozen=True)
class Decision:
    """What is decided. Days count from the period's last day, `due_months` are whole months before them.

    opens_on, due_on: named days, for a single period only. gone: what was decided of the target before holds no
    longer.
    """

    opens_days: int | None = None
    due_months: int | None = None
    due_days: int | None = None
    opens_on: date | None = None
    due_on: date | None = None
    gone: bool = False

    def as_dict(self) -> dict[str, object]:
        """For the log: what was said."""
        said = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in said.items() if value not in (None, False)}


def set_deadline(
    form: str,
    kind: str,
    decision: Decision,
    *,
    actor: str,
    target: int | None = None,
    valid_from: date,
    reason: str = "",
) -> list[Opened]:
    """A rule for every period of the kind that ends on `valid_from` or later. Raises RefusedError."""
    if decision.opens_on or decision.due_on:
        raise RefusedError(
            "deadline_days",
            zh="固定的日期只能用于一个期间",
            en="a named day is for a single period only",
        )
    _require_kind(form, kind)
    with transaction.atomic():
        return _decide(form, kind, "", decision, target, valid_from, actor=actor, reason=reason)


def set_for_period(
    form: str,
    period: Period,
    decision: Decision,
    *,
    actor: str,
    target: int | None = None,
    reason: str = "",
) -> list[Opened]:
    """A deadline for one period. Raises RefusedError."""
    require_owed(form, period)
    with transaction.atomic():
        return _decide(
            form,
            period.kind_letter,
            str(period),
            decision,
            target,
            period.last_day,
            actor=actor,
            reason=reason,
        )


def extend(user: User, form: str, period: Period, target: int, due_on: date, *, reason: str) -> int:
    """More time for a body's institutions, or for one: for who holds `extend` there. How many got it.

    Never less time than before, and never a day that is named without a reason. Raises RefusedError.
    """
    require_owed(form, period)
    _require_mine(user, period, target)
    if not reason.strip() or len(reason) > LONGEST:
        raise RefusedError("no_reason", zh="请写明延期的原因", en="say why there is more time")
    rows = Obligation.objects.filter(form=form, period=str(period), subject__in=_of(target, period))
    if not rows.exists():
        raise RefusedError(
            "nothing_owed", zh="这里没有这一期的报送义务", en="nothing is owed here for this period"
        )
    if rows.filter(due__gte=due_on).exists():
        raise RefusedError(
            "no_extension",
            zh="新的截止日须晚于现在的",
            en="the new day must lie after the present one",
        )
    with transaction.atomic():
        done = _decide(
            form,
            period.kind_letter,
            str(period),
            Decision(due_on=due_on),
            target,
            period.last_day,
            actor=user.get_username(),
            reason=reason.strip(),
        )
        changed = sum(one.changed for one in done)
        if not changed:
            raise RefusedError(
                "deadline_beaten",
                zh="下级或机构另有规定，延期不会起作用；请对它们延期",
                en="a nearer decision stands in the way; extend that one",
            )
    return changed


def _decide(
    form: str,
    kind: str,
    period: str,
    decision: Decision,
    target: int | None,
    valid_from: date,
    *,
    actor: str,
    reason: str,
) -> list[Opened]:
    _require_sense(decision)
    if period and decision.due_on:
        _require_near(Period.parse(period), decision.due_on)
    if target is not None and node_by_id(target, valid_from) is None and not exists(target):
        raise RefusedError(
            "unknown_target", zh="没有这个单位或机构", en="there is no such body or institution"
        )
    row = Deadline.objects.create(
        form=form,
        kind=kind,
        period=period,
        target=target,
        valid_from=valid_from,
        **{one.name: getattr(decision, one.name) for one in fields(decision)},
        actor=actor,
        at=timezone.now(),
        reason=reason,
    )
    done = [
        sync(form, one, None if target is None else _of(target, one), redate=True)
        for one in _open_ones(form, kind, period, valid_from)
    ]
    record(
        "obligations.set_deadline",
        f"deadline:{row.pk}",
        actor=actor,
        reason=reason,
        data={"form": form, "kind": kind, "period": period, "target": target, "valid_from": valid_from,
              **decision.as_dict(), "changed": {one.period: one.changed for one in done}},
    )  # fmt: skip
    return done


def _open_ones(form: str, kind: str, period: str, valid_from: date) -> Sequence[Period]:
    known = Obligation.objects.filter(form=form).order_by().values_list("period", flat=True).distinct()
    wanted = [Period.parse(text) for text in known if period in ("", text)]
    return [one for one in wanted if one.kind_letter == kind and one.last_day >= valid_from]


def _of(target: int, period: Period) -> Collection[int]:
    """The institutions of a target on the period's last day."""
    day = period.last_day
    node = node_by_id(target, day)
    return [target] if node is None else members(tree(node.tree, day).subtree(target), node.tree, day)


def _require_mine(user: User, period: Period, target: int) -> None:
    """The target is a body of the person's line, or an institution that he may extend for."""
    read = read_of(user)
    node = node_by_id(target, period.last_day)
    if node is not None:
        mine = node.tree == Tree.LINE and target in bodies_for(read, EXTEND, period.last_day)
    else:
        mine = institutions_for(user, period.last_day, verb=EXTEND, read=read).filter(pk=target).exists()
    if not mine:
        raise RefusedError("not_yours", zh="您不能给这里延期", en="it is not yours to give more time here")


def _require_kind(form: str, kind: str) -> None:
    samples = {"Y": "2026", "Q": "2026-Q1", "M": "2026-01", "H": "2026-HS"}
    if kind not in samples:
        raise RefusedError("unknown_kind", zh="期间种类为 Y、Q、M、H", en="kinds of period are Y, Q, M, H")
    require_owed(form, Period.parse(samples[kind]))


def _require_sense(decision: Decision) -> None:
    said = [decision.opens_days, decision.due_days, decision.opens_on, decision.due_on]
    if decision.gone == any(one is not None for one in said):
        raise RefusedError("deadline_empty", zh="请说明开放日或截止日", en="say when it opens or is due")
    if decision.due_months is not None and decision.due_days is None:
        raise RefusedError("deadline_empty", zh="月数须与天数一起说", en="months need days with them")
    numbers = [
        one for one in (decision.opens_days, decision.due_months, decision.due_days) if one is not None
    ]
    if any(abs(one) > FURTHEST for one in numbers):
        raise RefusedError("deadline_far", zh="天数最多 366", en="366 days at most")


def _require_near(period: Period, due_on: date) -> None:
    if (due_on - period.last_day) > timedelta(days=FURTHEST):
        raise RefusedError(
            "deadline_far",
            zh="截止日最晚为期末后 366 天",
            en="the due day lies 366 days after the period's last day at most",
        )
