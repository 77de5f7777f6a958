"""Change day, place or persons of a joint review that is not closed yet."""

from django.db import transaction

from jieyue.apps.audit.salts import salted
from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.jointreview.checks import checked_day, checked_text, held
from jieyue.apps.jointreview.models import JointReview


def arrange(user: User, number: int, *, day: str, place: str, attending: str) -> JointReview:
    """Keep when and where it is, and who attends. Raises RefusedError."""
    with transaction.atomic():
        row = held(user, number)
        before = _arranged(row)
        row.day, row.place = checked_day(day), checked_text("place", place)
        row.attending = checked_text("attending", attending, empty=True)
        row.save(update_fields=["day", "place", "attending"])
        record(
            "jointreview.arrange", f"jointreview:{row.pk}", actor=user.get_username(),
            before=before, after=_arranged(row), data=_arranged(row),
        )  # fmt: skip
    return row


def _arranged(row: JointReview) -> dict[str, str]:
    return {
        "day": str(row.day),
        "place": row.place,
        "attending": salted(f"jointreview:{row.pk}", row.attending),
    }
