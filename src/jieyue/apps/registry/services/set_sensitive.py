"""Mark an institution as sensitive from a day on, or lift the mark."""

from datetime import date

from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import wrong
from jieyue.apps.registry.scope import whole_for
from jieyue.apps.registry.services.change import change
from jieyue.apps.registry.services.write import require_in_being

VERB = "manage_registry"
LONGEST = 500


def set_sensitive(user: User, institution: int, day: date, *, sensitive: bool, reason: str) -> None:
    """From `day` on it is in totals only, or no longer so; the days before stay as they were.

    Raises RefusedError: `not_yours` for who does not look after the whole register, `no_reason`, `no_change`.
    """
    if not whole_for(user, VERB):
        raise wrong(
            "not_yours",
            "只有管理全市名录的人可以标记敏感机构",
            "only who looks after the whole register marks institutions as sensitive",
        )
    said = reason.strip()
    if not said or len(said) > LONGEST:
        raise wrong(
            "no_reason",
            f"请写明理由，最多 {LONGEST} 字",
            f"say why, in at most {LONGEST} characters",
        )
    if (require_in_being(institution, day).sensitive == "yes") is sensitive:
        raise wrong("no_change", "标记没有变化", "that is how it is marked already")
    change(
        institution,
        day,
        actor=user.get_username(),
        reason=said,
        sensitive="yes" if sensitive else "no",
    )
