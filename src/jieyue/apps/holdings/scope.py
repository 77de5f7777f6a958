"""Whose holdings a person sees, and may keep: by the reporting line, through the registry's door."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from jieyue.apps.holdings.models import HoldingSpan
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.scope import Read, institutions_for

#: Who enters an institution's numbers says what it owns, and who keeps the registry.
KEEP: Final = ("enter", "manage_registry")


@dataclass(frozen=True)
class Viewer:
    """Who looks: whole says that the caller has made sure that the user sees all; read: his grants, read once."""

    user: User
    whole: bool = False
    read: Read | None = None


def spans_for(viewer: Viewer) -> "QuerySet[HoldingSpan]":
    """What holds, held or will hold of the things of the person's institutions."""
    rows = HoldingSpan.objects.all()
    if viewer.whole:
        return rows
    return rows.filter(institution__in=_own(viewer, "view"))


def may_keep(user: User, institution: int, read: Read | None = None) -> bool:
    """Whether the person says what the institution owns."""
    return any(institutions_for(user, verb=verb, read=read).filter(pk=institution).exists() for verb in KEEP)


def check_keeper(by: User | None, institution: int) -> None:
    """Raises RefusedError for who may not; None is the desk itself."""
    if by is not None and not may_keep(by, institution):
        raise RefusedError(
            "holding_not_yours",
            zh="这家机构的建筑与设施由填报人、代填的机关或名录管理员登记",
            en="what this institution owns is kept by who enters its numbers, or keeps the registry",
        )


def _own(viewer: Viewer, verb: str) -> Any:
    return institutions_for(viewer.user, verb=verb, read=viewer.read).values("pk")
