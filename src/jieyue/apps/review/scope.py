"""Which findings a user may see: those of the institutions that are the user's to see. Deny by default."""

from django.db.models import QuerySet

from jieyue.apps.accounts.scope import Access
from jieyue.apps.identity.scope import verbs_of
from jieyue.apps.registry.scope import institutions_for
from jieyue.apps.review.models import ReviewFinding
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
