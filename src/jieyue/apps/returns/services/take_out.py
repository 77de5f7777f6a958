"""Take published returns or the registry out in a foreign layout 按外来表式取出: read back before it leaves, logged."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.outward import Written
from jieyue.apps.exchange.outward_file import content
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import grants_of
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.outward import institutions_outward
from jieyue.apps.registry.scope import Read, institutions_for, line_nodes, whole_for
from jieyue.apps.returns.lake import forms
from jieyue.apps.returns.outward import returns_outward
from jieyue.apps.returns.scope import returns_collected_at
from jieyue.apps.trees.queries import Tree, below, members, tree, tree_and_gone
from jieyue.catalog.findings import Finding
from jieyue.domain.period import Period

_VIEW = "view"
_MOST_PERIODS = 12


@dataclass(frozen=True)
class Leaving:
    """What is to leave. body: the node of the line whose institutions are meant. periods: of returns; day: of the
    registry. seen: the person has read what cannot be carried, and takes the file all the same. text: a text file."""

    profile: MappingProfile
    body: int
    form: str = ""
    periods: Sequence[str] = ()
    day: date | None = None
    text: bool = False
    seen: bool = False


@dataclass(frozen=True)
class Left:
    """The file (None: it did not leave), its rows, and what is to be said of it."""

    content: bytes | None
    count: int
    findings: Sequence[Finding]
    refused: bool


def take_out(user: User, asked: Leaving) -> Left:
    """The file, and a log entry with its SHA-256. With something to be said that the person has not seen, or with an
    error, nothing leaves. Raises RefusedError for what cannot be asked for."""
    read = Read(grants_of(user), last_done())
    if asked.body not in line_nodes(user, _VIEW, read=read):
        raise RefusedError("out_body", zh="没有这个机关", en="there is no such body")
    written = (
        _institutions(user, asked, read)
        if asked.profile.kind == "institutions"
        else _returns(user, asked, read)
    )
    if not written.count and {one.code for one in written.findings if one.severity == "error"} <= {
        "empty_file"
    }:
        raise RefusedError("out_nothing", zh="没有可写出的行", en="there is no row to be written")
    if written.refused or (written.findings and not asked.seen):
        return Left(None, written.count, written.findings, written.refused)
    made = content(written, asked.profile, synthetic=settings.JIEYUE_HOME.synthetic)
    digest = hashlib.sha256(made).hexdigest()
    about = {
        "kind": asked.profile.kind, "profile": asked.profile.id, "body": asked.body, "form": asked.form,
        "periods": list(asked.periods), "day": asked.day, "rows": written.count, "sha256": digest,
    }  # fmt: skip
    with transaction.atomic():
        record("returns.take_out", f"file:{digest[:16]}", actor=user.get_username(), after=digest, data=about)
    return Left(made, written.count, written.findings, refused=False)


def _returns(user: User, asked: Leaving, read: Read) -> Written:
    """The published returns of the body's institutions that the person sees."""
    form = asked.form or asked.profile.form
    if form not in forms():
        raise RefusedError("out_form", zh="请选择报表", en="choose the form")
    periods = [Period.parse(one) for one in asked.periods]
    if not 0 < len(periods) <= _MOST_PERIODS:
        raise RefusedError(
            "out_periods",
            zh=f"请写 1 至 {_MOST_PERIODS} 个期间，如 2026-09",
            en=f"write 1 to {_MOST_PERIODS} periods, as 2026-09",
        )
    kinds = home_catalog().forms[form].periods
    if wrong := [one for one in periods if one.kind_letter not in kinds]:
        raise RefusedError(
            "out_periods", zh=f"{form} 没有 {wrong[0]} 这样的期间", en=f"{form} has no period like {wrong[0]}"
        )
    line, gone = tree_and_gone(Tree.LINE, settings.JIEYUE_HOME.today())
    nodes = line.subtree(asked.body) if asked.body in line.nodes else {asked.body}
    found = returns_collected_at({*nodes, *below(gone, nodes)}, user, read=read)
    return returns_outward(
        asked.profile, form, [str(one) for one in periods], found, text=asked.text, by=user
    )


def _institutions(user: User, asked: Leaving, read: Read) -> Written:
    day = asked.day or settings.JIEYUE_HOME.today()
    seen = set(institutions_for(user, read=read).values_list("pk", flat=True))
    line = tree(Tree.LINE, day)
    hanging = members(line.subtree(asked.body), Tree.LINE, day) if asked.body in line.nodes else []
    own = [number for number in hanging if number in seen]
    hidden = () if whole_for(user, "manage_registry") else ("sensitive",)  # the mark is whose who sets it
    return institutions_outward(asked.profile, day, own, text=asked.text, hidden=hidden)
