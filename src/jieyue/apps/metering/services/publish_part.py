"""Do a publication of monthly uses that was asked for: institutions part by part, so that it can be watched, and
that a stop loses no part that is done."""

from django.utils import timezone

from jieyue.apps.identity.models import User
from jieyue.apps.metering.facts import standing
from jieyue.apps.metering.institution_uses import institution_uses
from jieyue.apps.metering.models import MeteredRequest
from jieyue.apps.metering.months import begin_of, shifted
from jieyue.apps.metering.ready import LEAST, published_by
from jieyue.apps.metering.scope import Viewer
from jieyue.apps.metering.services.clean import clean
from jieyue.apps.metering.services.publish_metered import publish_metered

#: Institutions that are published at once.
PART = 2_000


def publish_part(number: int) -> MeteredRequest:
    """Publish what the request asks for, of the institutions that its person may publish now, of the uses as derived
    from all that has come in. Done again after a stop it finds what it did as it was: only rows that came since are
    counted to those published."""
    row = MeteredRequest.objects.get(pk=number)
    clean(actor="worker")
    own = published_by(Viewer(User.objects.get(pk=row.user)))
    found = institution_uses("month", own, (begin_of(row.month), begin_of(shifted(row.month, 1))), end_use="")
    there = set(standing(row.month).values_list("institution", flat=True))
    institutions = sorted({*found.institution.tolist(), *(there if own is None else there & set(own))})
    row.total, row.done, row.same, row.waiting = len(institutions), 0, 0, 0
    for start in range(0, len(institutions), PART):
        few = institutions[start : start + PART]
        outcome = publish_metered(
            row.month,
            actor=row.actor,
            restate=row.reason,
            institutions=frozenset(few),
            least=0 if row.whole else LEAST,
        )
        row.done += len(few)
        row.published += outcome.published
        row.same += outcome.same
        row.waiting += outcome.waiting
        row.save()
    row.finished_at = timezone.now()
    row.save()
    return row
