"""What the way of a summary refuses, in words."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from jieyue.apps.publication.errors import RefusedError
from jieyue.catalog.model import Item
from jieyue.domain.summary import SummaryState, SummaryVerb

if TYPE_CHECKING:
    from jieyue.apps.summaries.rules import Finding

_NAMED = 3

STATES: Mapping[SummaryState, tuple[str, str]] = {
    SummaryState.NONE: ("未上报", "not sent"),
    SummaryState.SENT: ("已上报", "sent upward"),
    SummaryState.RECALLED: ("已撤回", "recalled"),
    SummaryState.RETURNED: ("已退回", "sent back"),
    SummaryState.ACCEPTED: ("已接受", "accepted"),
}
VERBS: Mapping[SummaryVerb, tuple[str, str]] = {
    SummaryVerb.SEND: ("上报", "send"),
    SummaryVerb.RECALL: ("撤回", "recall"),
    SummaryVerb.ACCEPT: ("接受", "accept"),
    SummaryVerb.RETURN: ("退回", "send back"),
}
#: What changes no state.
CONSENT, PUBLISH = ("同意", "consent"), ("公示", "publish")


def wrong_state(state: SummaryState, verb: SummaryVerb | tuple[str, str]) -> RefusedError:
    """The state does not allow the verb; or the act, in Chinese and English."""
    now, act = STATES[state], VERBS[verb] if isinstance(verb, SummaryVerb) else verb
    return RefusedError(
        "summary_state",
        zh=f"综合表现在是“{now[0]}”，不能{act[0]}；请刷新页面后再办理",
        en=f"the summary is now “{now[1]}”: it cannot be acted on by “{act[1]}”; reload the page",
        data={"state": state.value, "verb": verb.value if isinstance(verb, SummaryVerb) else act[1]},
    )


def moved() -> RefusedError:
    """What the table stands on has changed while it was added up."""
    return RefusedError(
        "summary_moved",
        zh="汇总期间，表内有报表被重新打开或有了新版本；请刷新页面后再办理",
        en="while the table was added up, a return in it was reopened or got another version; reload the page",
    )


def empty() -> RefusedError:
    """Nothing that the table would add up is there."""
    return RefusedError("summary_empty", zh="还没有一份已审核的报表", en="not one return is approved yet")


def wrong_cells(
    found: Sequence["Finding"], items: Mapping[str, Item], codes: Mapping[int, str]
) -> RefusedError:
    """A rule that blocks finds lines wrong; the first of them are named, with whose they are."""
    zh, en = [], []
    for one in found[:_NAMED]:
        item, numbers = items[one.flag.item], one.flag.columns
        said = " ".join(f"{column}={value}" for column, value in numbers.items())
        other = " ".join(f"{column}={value}" for column, value in one.flag.behind.items())
        who = " ".join(codes.get(number, "") for number in one.institutions[:_NAMED])
        zh.append(
            f"{one.rule.code} {item.name_zh}（{' ≠ '.join(filter(None, (said, other)))} {who}）{one.rule.mend_zh}"
        )
        en.append(
            f"{one.rule.code} {item.name_en} ({' ≠ '.join(filter(None, (said, other)))} {who}) {one.rule.mend_en}"
        )
    return RefusedError(
        "summary_rules",
        zh=f"综合表有 {len(found)} 处不合审核规则，不能上报：" + "；".join(zh),
        en=f"the summary breaks review rules in {len(found)} places and is not sent: " + "; ".join(en),
        data={"rules": ",".join(sorted({one.rule.code for one in found}))},
    )


def amended() -> RefusedError:
    """A later summary of the same body, form and period is accepted too."""
    return RefusedError(
        "summary_amended",
        zh="这份综合表已由后来接受的一号更正，请公示后者",
        en="a summary accepted later amends this one: publish that",
    )


def unknown() -> RefusedError:
    """There is no such summary or body, or none for this person: both look the same."""
    return RefusedError("summary_unknown", zh="没有这份综合表", en="there is no such summary")


def not_yours(zh: str, en: str) -> RefusedError:
    """The person may read it and not do this."""
    return RefusedError(
        "summary_right", zh=f"您没有在这里“{zh}”的权限", en=f"you have no right to “{en}” here"
    )


def same_person() -> RefusedError:
    """Separation of persons."""
    return RefusedError(
        "own_summary",
        zh="这份综合表是您上报的，须由别人接受或退回",
        en="you have sent this summary: another person accepts it or sends it back",
    )


def wrong_form(form: str) -> RefusedError:
    """Only summary forms have a table."""
    return RefusedError("unknown_form", zh=f"没有综合表 {form}", en=f"there is no summary form {form}")


def wrong_period(period: str, why: str) -> RefusedError:
    """why: `kind` (no return of the form is filed for it) or `running`."""
    words = {
        "kind": (f"{period} 不是这张表的报告期", f"{period} is no period that the form is filed for"),
        "running": (f"{period} 还没有结束", f"{period} has not ended yet"),
    }[why]
    return RefusedError(f"period_{why}", zh=words[0], en=words[1])
