"""What the rules say of one return while it is entered, with what was answered before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import BigIntegerField, CharField

from jieyue.apps.publication.prepared import Prepared
from jieyue.apps.registry.scope import Read, Reads
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.queries import Document
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.queries import FindingRow, shown
from jieyue.apps.review.releases import Held
from jieyue.apps.review.services.check_returns import flags_of
from jieyue.domain.period import Period
from jieyue.domain.review import Flag

#: Rules that ask for what is not there yet.
MISSING = frozenset({"R01", "R02", "R03"})


@dataclass(frozen=True)
class Asked:
    """One finding: the words, what was explained of these numbers before, and last year's of the same kind."""

    row: FindingRow
    explanation: str
    by: str
    state: str
    earlier: ReviewFinding | None

    @property
    def name(self) -> str:
        """Of the field that explains it."""
        return f"why-{self.row.rule}-{self.row.item}"

    @property
    def drawn_over(self) -> str:
        """Of the field that says which explanation the other was drawn over."""
        return over_of(self.name)

    @property
    def is_missing(self) -> bool:
        """Whether it only asks for a number that is not there yet."""
        return self.row.rule in MISSING and self.row.value is None


def place_of(name: str) -> tuple[str, str] | None:
    """The rule and item of an answer's field, the other way round of `Asked.name`; None: no such field."""
    head, _, rest = name.partition("-")
    rule, _, item = rest.rpartition("-")
    return (rule, item) if head == "why" and rule else None


def over_of(name: str) -> str:
    """The field beside an answer's field that says which explanation it was drawn over."""
    return f"over-{name}"


def asked_of(
    key: Key,
    held: Held,
    known: Read,
    read: Sequence[Document] | None = None,
    reads: Reads | None = None,
) -> list[Asked]:
    """What the rules say of the return as it is stored now; nothing is kept. Errors first, in the order of items.

    held: the rules in force for its period. known: what the request has read of its institution in the registry. read:
    what `read_beside` has read for it already. reads: of whose returns the numbers beside may be shown; see `shown`.
    """
    flags = flags_of(held, key.form, Period.parse(key.period), key.subject, key.instance, read, known)
    kept, last = _kept(key)
    rows = [_row(key, flag, kept.get((flag.rule, flag.item))) for flag in flags]
    return _asked(rows, last, held, known, reads)


def asked_before(key: Key, held: Held, known: Read, reads: Reads | None = None) -> list[Asked]:
    """What stands with a return that is submitted or approved: kept findings that are still found.

    held: the rules in force for its period. known, reads: as above.
    """
    kept, last = _kept(key)
    stands = [row for row in kept.values() if row.state != ReviewFinding.State.GONE]
    return _asked(stands, last, held, known, reads)


_ByPlace = Mapping[tuple[str, str], ReviewFinding]


def _kept(key: Key) -> tuple[_ByPlace, _ByPlace]:
    """What was found of the return, and of the one a year before: (rule, item) → finding."""
    before = str(Period.parse(key.period).previous_year())
    rows = _FINDINGS.objects(
        subject=key.subject, form=key.form, instance=key.instance, periods=[key.period, before]
    )
    now = {(row.rule, row.item): row for row in rows if row.period == key.period}
    return now, {(row.rule, row.item): row for row in rows if row.period == before}


_FINDINGS = Prepared(
    lambda subject, form, instance, periods: ReviewFinding.objects.filter(
        subject=subject, form=form, instance=instance, period__in=periods
    ),
    subject=BigIntegerField(),
    form=CharField(),
    instance=CharField(),
    periods=CharField(),
)


def _row(key: Key, flag: Flag, kept: ReviewFinding | None) -> ReviewFinding:
    """The finding as it would be kept; an explanation holds as long as the number does."""
    same = kept is not None and kept.value == flag.value
    return ReviewFinding(
        subject=key.subject,
        form=key.form,
        period=key.period,
        instance=key.instance,
        rule=flag.rule,
        item=flag.item,
        severity=flag.severity,
        value=flag.value,
        facts=dict(flag.facts),
        state=kept.state if kept is not None and same else ReviewFinding.State.OPEN,
        explanation=kept.explanation if kept is not None and same else "",
        explained_by=kept.explained_by if kept is not None and same else "",
    )


def _asked(
    rows: Sequence[ReviewFinding], last: _ByPlace, held: Held, known: Read, reads: Reads | None
) -> list[Asked]:
    if not rows:
        return []
    called = {rows[0].subject: known.course(rows[0].subject).label()}
    found = [
        Asked(said, row.explanation, row.explained_by, row.state, last.get((row.rule, row.item)))
        for row, said in zip(
            rows,
            shown(rows, held=held, called=called, reads=reads),
            strict=True,
        )
    ]
    return sorted(found, key=lambda one: (one.row.severity != "error", one.row.item, one.row.rule))
