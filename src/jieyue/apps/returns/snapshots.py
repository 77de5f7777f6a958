"""Freeze a return as it was submitted, passed or approved: one chain of digests for each return."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from jieyue.apps.publication.rules import keep_catalog
from jieyue.apps.returns.acting import Actor
from jieyue.apps.returns.digests import snapshot_digest, version_digest
from jieyue.apps.returns.models import Return, ReturnSnapshot, ReturnVersion
from jieyue.apps.returns.queries import attachments_of
from jieyue.domain.workflow import Place, Verb


@dataclass(frozen=True)
class Judged:
    """What a rule set says of the return at this moment, explanations included."""

    ruleset: str = ""
    ruleset_digest: str = ""
    findings: Sequence[Mapping[str, object]] = field(default_factory=list)


NOT_FOR_THE_LAKE = 0  # only submissions go there
_LAST = "_last_snapshot"

#: Told the locked return; may refuse, which changes nothing.
Judge = Callable[[Return], Judged]


def last_snapshot(row: Return) -> ReturnSnapshot | None:
    """The newest link of the return's chain; read once for a row, which its caller holds locked."""
    if not hasattr(row, _LAST):
        found = ReturnSnapshot.objects.filter(parent=row).order_by("-pk").first()
        setattr(row, _LAST, found)
    last: ReturnSnapshot | None = getattr(row, _LAST)
    return last


def as_before(row: Return) -> Judged:
    """What was found when it was frozen last."""
    last = last_snapshot(row)
    return Judged() if last is None else Judged(last.ruleset, last.ruleset_digest, last.findings)


def freeze(
    row: Return,
    verb: Verb,
    actor: Actor,
    here: Place,
    judged: Judged,
    *,
    cells: str,
) -> ReturnSnapshot:
    """Add a link. here: the step that the act was done at. An approval's link fixes the version to be published."""
    catalog = keep_catalog()
    number, base = _next(row)
    digest = version_digest(
        row.form,
        (row.subject, row.period, row.instance),
        base=base,
        number=number,
        scheme=row.scheme,
        catalog=catalog,
        cells=cells,
    )
    last = last_snapshot(row)
    at = timezone.now()
    made = ReturnSnapshot(
        parent=row,
        verb=verb.value,
        step=here.step,
        steps=here.steps,
        number=number,
        base=base,
        scheme=row.scheme,
        catalog=catalog,
        cells=cells,
        entered_by=row.entered_by,
        version_digest=digest,
        ruleset=judged.ruleset,
        ruleset_digest=judged.ruleset_digest,
        findings=list(judged.findings),
        attachments=[[one.item, one.name, one.sha256] for one in attachments_of(row.pk)],
        actor=actor.name,
        on_behalf=str(row.subject) if actor.on_behalf else "",
        at=at,
        previous=last.digest if last else "",
        lake_seq=None if verb is Verb.SUBMIT else NOT_FOR_THE_LAKE,
    )
    made.digest = digest_of(made)
    made.save(force_insert=True)
    setattr(row, _LAST, made)
    return made


def digest_of(snapshot: ReturnSnapshot) -> str:
    """The digest that its contents have: what it must equal as long as nobody has changed the row."""
    return snapshot_digest(
        {
            "version": snapshot.version_digest,
            "ruleset": snapshot.ruleset_digest,
            "findings": list(snapshot.findings),
            "attachments": list(snapshot.attachments),
            "person": snapshot.actor,
            "on_behalf": snapshot.on_behalf,
            "verb": snapshot.verb,
            "step": snapshot.step,
            "instant": snapshot.at.isoformat(),
            "previous": snapshot.previous,
        }
    )


def _next(row: Return) -> tuple[int, int | None]:
    """Number and base of the version that an approval would publish now."""
    if row.current is None:
        return 1, None
    return 1 + ReturnVersion.objects.values_list("number", flat=True).get(pk=row.current), row.current
