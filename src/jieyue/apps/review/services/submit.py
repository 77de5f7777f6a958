"""Submit, pass and approve with the rules beside: errors block, a warning needs an explanation, all is frozen."""

from collections.abc import Callable, Mapping

from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import Return, ReturnSnapshot
from jieyue.apps.returns.services import approve_return, review_return, submit_return
from jieyue.apps.returns.snapshots import Judged, as_before
from jieyue.apps.review.drawn_over import Meeting, explained_since, meet
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.queries import findings_of_return
from jieyue.apps.review.services.check_returns import keep_of, look_at
from jieyue.apps.review.services.explain import LONGEST
from jieyue.apps.review.words import in_words
from jieyue.catalog.ruleset import RuleSet
from jieyue.domain.period import Period
from jieyue.domain.review import Flag

#: (rule, item) → why the number is right; and the version of the explanation that it was drawn over (`drawn_over`).
Explanations = Mapping[tuple[str, str], str]
_State = ReviewFinding.State


def submit(
    user: User,
    key: Key,
    *,
    revision: int,
    explanations: Explanations | None = None,
    over: Explanations | None = None,
) -> ReturnSnapshot:
    """Submit what stands in the return at `revision`. Raises RefusedError: `submit_errors`, `submit_unexplained`.

    Both name the findings in `data`: rule and item. An explanation given before holds as long as the numbers do.
    over: which explanation each was drawn over; where another stands since: `explanation_moved`.
    """
    said = {place: text.strip() for place, text in (explanations or {}).items() if text.strip()}
    if any(len(text) > LONGEST for text in said.values()):
        raise RefusedError(
            "long_explanation",
            zh=f"说明最多 {LONGEST} 字",
            en=f"an explanation has at most {LONGEST} characters",
        )
    return submit_return.submit(
        user, key, revision=revision, judge=_judge(str(user.get_username()), said, over or {})
    )


def pass_step(user: User, key: Key, *, seen: str = "") -> ReturnSnapshot:
    """Pass it on; what was decided of explanations meanwhile is frozen."""
    return review_return.pass_step(user, key, seen=seen, judge=as_decided)


def approve(user: User, key: Key, *, seen: str = "") -> ReturnSnapshot:
    """Approve it; what was decided of explanations meanwhile is frozen."""
    return approve_return.approve(user, key, seen=seen, judge=as_decided)


def _judge(person: str, said: Explanations, over: Explanations) -> Callable[[Return], Judged]:
    def judge(row: Return) -> Judged:
        period = Period.parse(row.period)
        found = look_at(row.form, period, [row.subject], instance=row.instance)
        errors = [flag for flag in found.flags if flag.severity == "error"]
        if errors:
            raise _refuse("submit_errors", row.form, errors, found.rules)
        if said:
            _hold(row)
        keep_of(row.form, period, row.subject, found, actor=person, instance=row.instance)
        kept = {(one.rule, one.item): one for one in _findings(row)}
        open_ones, moved = [], []
        for flag in found.flags:
            place = (flag.rule, flag.item)
            finding, text = kept[place], said.get(place, "")
            met = meet(text, over.get(place, ""), finding.explanation)
            if met is Meeting.OTHERS:
                moved.append(flag)
            elif met is Meeting.WRITTEN:
                finding.state, finding.explanation = _State.EXPLAINED, text
                finding.explained_by, finding.decided_by = person, ""
                finding.save(update_fields=["state", "explanation", "explained_by", "decided_by"])
            if flag.severity == "warning" and finding.state not in (_State.EXPLAINED, _State.ACCEPTED):
                open_ones.append(flag)
        if moved:
            rules = {rule.code: rule for rule in found.rules.rows}
            raise explained_since(
                [in_words(row.form, flag.item, flag.rule, rules.get(flag.rule)) for flag in moved]
            )
        if open_ones:
            raise _refuse("submit_unexplained", row.form, open_ones, found.rules)
        return Judged(
            found.rules.id, found.rules.digest, [_frozen(kept[f.rule, f.item]) for f in found.flags]
        )

    return judge


def as_decided(row: Return) -> Judged:
    """What was found when it was submitted, with the explanations as they stand now."""
    before = as_before(row)
    now = {(one.rule, one.item): _frozen(one) for one in _findings(row)}
    findings = [now.get((str(one["rule"]), str(one["item"])), one) for one in before.findings]
    return Judged(before.ruleset, before.ruleset_digest, findings)


def _hold(row: Return) -> None:
    """Nobody explains one of them before this is done."""
    list(findings_of_return(row).select_for_update().order_by("pk"))


def _findings(row: Return) -> list[ReviewFinding]:
    return list(findings_of_return(row))


def _frozen(finding: ReviewFinding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "item": finding.item,
        "value": finding.value,
        "facts": finding.facts,
        "state": finding.state,
        "explanation": finding.explanation,
        "explained_by": finding.explained_by,
        "decided_by": finding.decided_by,
    }


def _refuse(code: str, form: str, flags: list[Flag], rules: RuleSet) -> RefusedError:
    rows = {row.code: row for row in rules.rows}
    said = [in_words(form, flag.item, flag.rule, rows.get(flag.rule)) for flag in flags]
    zh, en = "；".join(one[0] for one in said), "; ".join(one[1] for one in said)
    zh, en = {
        "submit_errors": (f"有差错，改正后才能上报：{zh}", f"errors stand against it; mend them first: {en}"),
        "submit_unexplained": (f"有提示须先说明：{zh}", f"explain these warnings first: {en}"),
    }[code]
    return RefusedError(
        code, zh=zh, en=en, data={f"{flag.rule} {flag.item}".strip(): flag.value or "" for flag in flags}
    )
