"""Which findings a user may see: those of the institutions that are the user's to see. Deny by default."""

from django.db.models import QuerySet

from jieyue.apps.accounts.scope import Access
from jieyue.apps.registry.scope import institutions_for
from jieyue.apps.review.models import ReviewFinding


def findings_for(access: Access) -> QuerySet[ReviewFinding]:
    """Findings of institutions that the person may see."""
    rows = ReviewFinding.objects.order_by("period", "rule", "subject", "item")
    if not access.may("view"):
        return rows.none()
    if access.whole:
        return rows
    return rows.filter(subject__in=institutions_for(access.user, read=access.read).values("pk"))


def get_finding(access: Access, number: int) -> ReviewFinding | None:
    """A finding that the person may see; None if there is none, or none for this person."""
    return findings_for(access).filter(pk=number).first()


def may_act(access: Access, finding: ReviewFinding, verb: str) -> bool:
    """Whether the person may do the verb for the finding's institution."""
    if not access.may(verb):
        return False
    return institutions_for(access.user, verb=verb, read=access.read).filter(pk=finding.subject).exists()
