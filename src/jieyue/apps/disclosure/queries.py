"""Reads of public disclosure: releases as pages and files show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jieyue.apps.accounts.scope import Access
from jieyue.apps.disclosure.models import DataRelease
from jieyue.apps.disclosure.scope import released, releases_for


@dataclass(frozen=True)
class ReleaseRow:
    """A release: the document that goes out and, for who decides, what stays inside."""

    number: int
    period: str
    sequence: int
    state: str
    content: Mapping[str, Any]
    kept: Mapping[str, Any]
    digest: str
    note: str
    replaces: int | None
    indicators: Sequence[str]
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None

    @property
    def withheld(self) -> list[str]:
        """Scopes of cells that the tables leave out."""
        return [cell["scope"] for cell in self.content.get("cells", []) if cell["withheld"]]

    @property
    def exposed(self) -> list[str]:
        """What can be worked out although it is withheld."""
        return list(self.kept.get("exposed", []))


def every_release(access: Access) -> list[ReleaseRow]:
    """All that the person may decide on or has decided, the newest first."""
    return [_row(row) for row in releases_for(access)]


def public_releases() -> list[ReleaseRow]:
    """What is out, the newest first, without what stays inside."""
    return [_row(row, inside=False) for row in released().defer("kept")]


def public_release(number: int) -> ReleaseRow | None:
    """One that is out."""
    row = released().filter(pk=number).defer("kept").first()
    return None if row is None else _row(row, inside=False)


def _row(row: DataRelease, *, inside: bool = True) -> ReleaseRow:
    return ReleaseRow(
        number=row.pk,
        period=row.period,
        sequence=row.sequence,
        state=row.state,
        content=row.content,
        kept=row.kept if inside else {},
        digest=row.digest,
        note=row.note,
        replaces=row.replaces_id,
        indicators=row.indicators,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
