"""Reads of the exchange."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from jieyue.apps.exchange.models import Batch, MatchAnswer, Profile
from jieyue.apps.exchange.profile import MappingProfile, parse


def answers() -> dict[str, int]:
    """Text → institution, as people answered."""
    return dict(MatchAnswer.objects.values_list("text", "institution"))


def profile(name: str, kind: str = "") -> MappingProfile | None:
    """The profile of a name (and a kind) as last kept, or None. Raises `ProfileError` if its text is not valid."""
    rows = Profile.objects.filter(name=name, **({"kind": kind} if kind else {}))
    row = rows.order_by("-id").first()
    return parse(row.text) if row else None


@dataclass(frozen=True)
class KeptProfile:
    """One version of a profile: its number names it for good, its name only the newest of that name."""

    number: int
    name: str
    at: datetime


def kept_profiles(kind: str) -> list[KeptProfile]:
    """The newest version of each profile of a kind, by name."""
    rows = Profile.objects.filter(kind=kind).order_by("id").values_list("id", "name", "at")
    newest = {name: KeptProfile(number, name, at) for number, name, at in rows}
    return [newest[name] for name in sorted(newest)]


def profile_version(number: int | str, kind: str = "") -> MappingProfile | None:
    """One version of a profile by its number, whatever was kept under its name since; None if there is none."""
    if isinstance(number, str):
        number = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    row = Profile.objects.filter(pk=number, **({"kind": kind} if kind else {})).first()
    return parse(row.text) if row else None


def profile_names(kind: str) -> list[str]:
    """Names of the kept profiles of a kind."""
    return sorted(set(Profile.objects.filter(kind=kind).values_list("name", flat=True)))


def file_path(sha256: str) -> Path:
    """Where the file of a batch lies."""
    return Path(settings.JIEYUE_HOME.path) / "files" / sha256[:2] / sha256


def seen_before(sha256: str, *, kind: str) -> Batch | None:
    """The last applied batch of the same bytes, or None."""
    return Batch.objects.filter(sha256=sha256, kind=kind, state=Batch.State.APPLIED).order_by("-id").first()


def batches(limit: int = 20, *, kinds: Sequence[str], by: str | None = None) -> list[Batch]:
    """The newest batches of some kinds, of one person only if `by` is given."""
    rows = Batch.objects.filter(kind__in=kinds)
    rows = rows if by is None else rows.filter(by=by)
    return list(rows.order_by("-id")[:limit])


def batch(number: int) -> Batch | None:
    """One batch, None if there is none."""
    return Batch.objects.filter(pk=number).first()
