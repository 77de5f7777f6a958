"""What the workflow of a return refuses, in words."""

import json
from collections.abc import Collection, Mapping

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.models import Return
from jieyue.domain.workflow import Place, State, Verb

STATES: Mapping[State, tuple[str, str]] = {
    State.NONE: ("未录入", "not started"),
    State.DRAFT: ("录入中", "being entered"),
    State.SUBMITTED: ("已上报", "submitted"),
    State.RETURNED: ("已退回", "sent back"),
    State.APPROVED: ("已审核", "approved"),
}
VERBS: Mapping[Verb, tuple[str, str]] = {
    Verb.START: ("开始填报", "start"),
    Verb.EDIT: ("修改", "edit"),
    Verb.SUBMIT: ("上报", "submit"),
    Verb.WITHDRAW: ("撤回", "withdraw"),
    Verb.PASS: ("审核通过", "pass"),
    Verb.RETURN: ("退回", "send back"),
    Verb.APPROVE: ("核准", "approve"),
    Verb.REOPEN: ("重新打开", "reopen"),
}


class StaleRevisionError(RefusedError):
    """Another editor has saved meanwhile. `conflicts`: cell → (mine, theirs, who), values as texts; None = nothing."""

    def __init__(
        self, revision: int, conflicts: Mapping[str, tuple[str | None, str | None, list[str]]]
    ) -> None:
        cells = {
            code: {"yours": mine, "theirs": theirs, "by": who}
            for code, (mine, theirs, who) in conflicts.items()
        }
        super().__init__(
            "return_stale",
            zh="别人刚刚保存过这份报表；您填的没有丢，请对照两边后再存",
            en="somebody else has saved this return meanwhile; nothing of yours is lost: compare both and save again",
            data={"revision": str(revision), "cells": json.dumps(cells, ensure_ascii=False, sort_keys=True)},
        )
        self.revision = revision
        self.conflicts = dict(conflicts)


def wrong_state(place: Place, verb: Verb) -> RefusedError:
    """The state, or the step, does not allow the verb."""
    state, act = STATES[place.state], VERBS[verb]
    step = (f"（第 {place.step} 步，共 {place.steps} 步）", f", step {place.step} of {place.steps}")
    step = step if place.state is State.SUBMITTED else ("", "")
    return RefusedError(
        "return_state",
        zh=f"报表现在是“{state[0]}”{step[0]}，不能{act[0]}；请刷新页面后再办理",
        en=f"the return is now “{state[1]}”{step[1]}: it cannot be acted on by “{act[1]}”; reload the page",
        data={"state": place.state.value, "verb": verb.value, "step": str(place.step)},
    )


def under_review(periods: Collection[str]) -> RefusedError:
    """A file or a batch would go over returns that lie before a reviewer."""
    shown = ", ".join(sorted(set(periods))[:5])
    return RefusedError(
        "return_state",
        zh=f"有 {len(periods)} 份报表已上报（{shown}），不能覆盖；请先撤回或退回",
        en=f"{len(periods)} returns are submitted ({shown}) and are not overwritten; withdraw or send them back first",
        data={"state": State.SUBMITTED.value, "returns": str(len(periods))},
    )


def being_published(periods: Collection[str]) -> RefusedError:
    """Approved, and not yet in the lake: a few seconds, where a worker runs."""
    shown = ", ".join(sorted(set(periods))[:5])
    return RefusedError(
        "return_publishing",
        zh=f"有 {len(periods)} 份报表正在发布（{shown}），请稍后再试",
        en=f"{len(periods)} returns are being published ({shown}); try again in a moment",
        data={"returns": str(len(periods))},
    )


def moved_on(row: Return) -> RefusedError:
    """What the person has looked at is not what stands there now."""
    return RefusedError(
        "return_moved",
        zh="您看到的内容后来又变了；请刷新页面后再办理",
        en="it is no longer what you have looked at; reload the page and decide anew",
        data={"return": str(row.pk)},
    )


def unknown() -> RefusedError:
    """There is no such return, or none for this person: both look the same."""
    return RefusedError("return_unknown", zh="没有这份报表", en="there is no such return")


def not_yours(verb: Verb) -> RefusedError:
    """The person may read the return and not do this."""
    act = VERBS[verb]
    return RefusedError(
        "return_right",
        zh=f"您没有在这里“{act[0]}”的权限",
        en=f"you have no right to “{act[1]}” here",
        data={"verb": verb.value},
    )


def same_person(why: str) -> RefusedError:
    """Separation of persons."""
    words = {
        "own_cell": (
            "这份报表有您填的数，须由别人审核、核准；只有一个人时由上一级办理",
            "a number of yours stands in this return: another person passes and approves it, where there is "
            "none the body above does",
        ),
        "own_review": (
            "您审核过这份报表，须由别人核准；只有一个人时由上一级办理",
            "you have reviewed this return: another person approves it, where there is none the body above does",
        ),
    }
    return RefusedError(why, zh=words[why][0], en=words[why][1])
