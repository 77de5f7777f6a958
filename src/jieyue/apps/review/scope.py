"""Which findings a user may see: those of the institutions that are the user's to see. Deny by default."""

from collections.abc import Collection
from typing import Any

from django.db.models import BigIntegerField, CharField, Count, DateField, Field, QuerySet

from jieyue.apps.accounts.scope import Access
from jieyue.apps.identity.scope import verbs_of
from jieyue.apps.publication.prepared import Prepared
from jieyue.apps.registry.scope import institutions_for, seen_at, view_reach
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.queries import counts_by_state
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree


def findings_for(access: Access) -> QuerySet[ReviewFinding]:
    """Findings of institutions that the person may see."""
    rows = ReviewFinding.objects.order_by("period", "rule", "subject", "item")
    if not access.may("view"):
        return rows.none()
    if access.whole:
        return rows
    return rows.filter(subject__in=institutions_for(access.user, read=access.read).values("pk"))


def state_counts_for(access: Access, form: str, period: str) -> dict[str, int]:
    """State → number of the findings of a form and period that the person may see."""
    asked = _below(access, form, period)
    if asked is None:
        return counts_by_state(findings_for(access).filter(form=form, period=period))
    return dict(_BY_STATE.rows(**asked))


def rule_counts_for(
    access: Access, form: str, period: str, subjects: Collection[int] | None = None
) -> dict[str, dict[str, int]]:
    """Rule → state → number of those findings; subjects: of these institutions alone."""
    asked = _below(access, form, period)
    if asked is None:
        own = findings_for(access).filter(form=form, period=period)
        own = own if subjects is None else own.filter(subject__in=subjects)
        found = list(own.order_by().values_list("rule", "state").annotate(number=Count("pk")))
    else:
        wanted = None if subjects is None else set(subjects)
        rows = _BY_SUBJECT.rows(**asked)
        found = [
            (rule, state, number)
            for subject, rule, state, number in rows
            if wanted is None or subject in wanted
        ]
    counts: dict[str, dict[str, int]] = {}
    for rule, state, number in found:
        states = counts.setdefault(rule, {})
        states[state] = states.get(state, 0) + number
    return counts


def _below(access: Access, form: str, period: str) -> dict[str, Any] | None:
    """The slots of the questions below, of who sees bodies and not the whole; None of others.

    What they see is a question of six tables, which Django takes longer to write than the database to answer.
    """
    if not access.may("view") or access.whole or access.read is None:
        return None
    nodes, ever, leaves, day = view_reach(access.user, access.read)
    if not nodes:
        return None
    seen = {"nodes": nodes, "ever": ever, "leaves": leaves or {_NOBODY}, "day": day}
    return {"form": form, "period": period, **seen}


def _seen(form: Any, period: Any, **reach: Any) -> QuerySet[ReviewFinding]:
    rows = ReviewFinding.objects.filter(form=form, period=period, subject__in=seen_at(**reach).values("pk"))
    return rows.order_by()


#: Identifier of no institution: of a list without any nothing would be asked.
_NOBODY = 0
_SLOTS: dict[str, Field[Any, Any]] = {
    "form": CharField(),
    "period": CharField(),
    "nodes": BigIntegerField(),
    "ever": BigIntegerField(),
    "leaves": BigIntegerField(),
    "day": DateField(),
}
_BY_STATE = Prepared(
    lambda **asked: _seen(**asked).values_list("state").annotate(number=Count("pk")), **_SLOTS
)
_BY_SUBJECT = Prepared(
    lambda **asked: _seen(**asked).values_list("subject", "rule", "state").annotate(number=Count("pk")),
    **_SLOTS,
)


def may_pass_all(access: Access) -> bool:
    """Whether the person reviews at the root of the reporting line, and so may look at everybody's returns."""
    if access.read is None:
        return False
    root = tree_view(Tree.LINE, access.read.sequence).root
    return root is not None and any(
        grant.node == root.id and "pass" in verbs_of(grant) for grant in access.read.grants
    )


def may_manage_rules(access: Access) -> bool:
    """Whether the person looks after schemes and rules at the root of the reporting line."""
    if access.read is None:
        return False
    root = tree_view(Tree.LINE, access.read.sequence).root
    return root is not None and any(
        grant.node == root.id and "manage_schemes" in verbs_of(grant) for grant in access.read.grants
    )


def get_finding(access: Access, number: int) -> ReviewFinding | None:
    """A finding that the person may see; None if there is none, or none for this person."""
    return findings_for(access).filter(pk=number).first()


def may_act(access: Access, finding: ReviewFinding, verb: str) -> bool:
    """Whether the person may do the verb for the finding's institution."""
    access = access.asked(finding.form, finding.period)
    if not access.may(verb):
        return False
    return institutions_for(access.user, verb=verb, read=access.read).filter(pk=finding.subject).exists()
