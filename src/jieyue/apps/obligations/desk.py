"""One return on the reviewer's desk: its cells beside what was sent before, a year and a period ago, what the rules
say, what was said when it was sent back, and what this person may do with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import QuerySet

from jieyue.apps.accounts.scope import Access
from jieyue.apps.identity.scope import verbs_of
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.queries import standing
from jieyue.apps.obligations.worklist import Bodies, read_as
from jieyue.apps.publication.queries import published_at
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import codes_of, names_of
from jieyue.apps.registry.scope import Read
from jieyue.apps.returns.acting import Key, bodies_of, line_day, place_of
from jieyue.apps.returns.cells import parse
from jieyue.apps.returns.models import Return, ReturnComment, ReturnSnapshot, ReturnVersion
from jieyue.apps.returns.queries import cells_now
from jieyue.apps.returns.scope import returns_for
from jieyue.apps.returns.services.edit_return import contents
from jieyue.apps.returns.services.review_return import UNSEEN
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.queries import FindingRow, a_year_ago, findings_of_return, shown
from jieyue.catalog.form_sheet import Line, form_sheet
from jieyue.domain.period import Period
from jieyue.domain.workflow import Place, Verb, barred, move, persons, right

Value = tuple[int, int]
#: Characters of a digest by which a snapshot is named in addresses.
SHORT = 12
#: Of what the cells are held beside: a version that no snapshot froze.
PUBLISHED = "published"
#: What a reviewer or approver does.
ACTS = (Verb.PASS, Verb.APPROVE, Verb.RETURN, Verb.REOPEN)


@dataclass(frozen=True)
class DeskCell:
    """One line of the form: now, as frozen before (in what it is held beside), a year ago, a period ago.

    raw, src: of who entered it; see workflow.Entered."""

    line: Line
    now: Value | None
    sent_before: Value | None
    changed: bool
    year_ago: Value | None
    before: Value | None
    by: Sequence[str]
    on_behalf: bool
    findings: Sequence[FindingRow] = ()
    comments: Sequence[ReturnComment] = ()
    raw: str = ""
    src: str = ""


@dataclass(frozen=True)
class Beside:
    """What the cells are held beside: a snapshot, or the published version (verb `PUBLISHED`) where none froze it.

    digest: of the snapshot, or of the version.
    """

    verb: str
    at: datetime
    digest: str
    cells: str


@dataclass(frozen=True)
class Asked:
    """A finding of the return, whether this person may judge its explanation, and last year's of the same kind."""

    row: FindingRow
    explained_by: str
    decided_by: str
    may_decide: bool
    year_ago: ReviewFinding | None


@dataclass(frozen=True)
class Desk:
    """The whole. acts: what the person may do now; bars: verb → why he may not though his role would."""

    id: int
    key: Key
    code: str
    name: str
    state: str
    place: Place
    body: int
    seen: str
    due: date | None
    late: bool
    publishing: bool
    cells: Sequence[DeskCell]
    findings: Sequence[Asked]
    comments: Sequence[ReturnComment]
    snapshots: Sequence[ReturnSnapshot]
    beside: Beside | None
    acts: frozenset[Verb]
    bars: Mapping[Verb, str] = field(default_factory=dict)
    at: datetime | None = None
    by: str = ""
    on_behalf: bool = False
    may_comment: bool = False

    @property
    def open_findings(self) -> int:
        """What stands against it: open, or explained and not accepted."""
        return sum(one.row.state in ("open", "explained") for one in self.findings)


def find_return(access: Access, number: int) -> Return | None:
    """A return of an institution at whose bodies the person reviews; None if there is none, or none for him."""
    rows: QuerySet[Return] = returns_for(access.user, whole=access.whole, limited=True)
    row = rows.filter(pk=number, subject_kind=Return.Subject.INSTITUTION).first()
    if row is None:
        return None
    access, key = access.asked(row.form, row.period), _key(row)
    days = {
        line_day(key, verb) for verb in ACTS
    }  # who collected the period, and who collects the institution now
    return row if any(_collects(access, key, day) for day in days) else None


def _collects(access: Access, key: Key, day: date) -> bool:
    bodies = Bodies(read_as(access.read), day, [right(verb) for verb in ACTS])
    return any(body in bodies.below for body in bodies_of(key, day=day))


def desk_of(access: Access, row: Return, today: date, beside: str = "") -> Desk:
    """What the person sees of the return, and what he may do with it.

    beside: how the digest begins of the snapshot that the cells are held beside; without it the published version
    where something else may come into its place (a reopened return), else the newest submission that is not what
    stands there now. Raises SnapshotUnknownError where the return has no such snapshot.
    """
    access = access.asked(row.form, row.period)
    key = _key(row)
    steps = bodies_of(key)
    place = place_of(row, steps)
    body = steps[(place.step or len(steps)) - 1]
    snapshots = list(ReturnSnapshot.objects.filter(parent=row).order_by("pk"))
    comments = list(ReturnComment.objects.filter(parent=row).order_by("-pk")[:100])
    findings = _findings(access, row)
    held = _beside(row, snapshots, beside)
    sent = [one for one in snapshots if one.verb == Verb.SUBMIT.value]
    owed = standing(
        Obligation.objects.filter(
            subject=key.subject, form=key.form, period=key.period, instance=key.instance
        ),
        today,
    ).first()
    acts, bars = _acts(access, row, place)
    return Desk(
        id=row.pk,
        key=key,
        code=codes_of([key.subject]).get(key.subject, ""),
        name=names_of([key.subject]).get(key.subject, ""),
        state=row.state,
        place=place,
        body=body,
        seen=snapshots[-1].digest if snapshots else UNSEEN,
        due=owed.due if owed else None,
        late=bool(owed and owed.late),
        publishing=row.publishing is not None,
        cells=_cells(row, key, held, findings, comments),
        findings=findings,
        comments=comments,
        snapshots=snapshots,
        beside=held,
        acts=acts,
        bars=bars,
        at=sent[-1].at if sent else None,
        by=sent[-1].actor if sent else "",
        on_behalf=bool(sent and sent[-1].on_behalf),
        may_comment=_may_comment(access, row, place),
    )


class SnapshotUnknownError(LookupError):
    """The return has no snapshot whose digest begins so."""


def _beside(row: Return, snapshots: Sequence[ReturnSnapshot], digest: str) -> Beside | None:
    if digest:
        found = [one for one in snapshots if one.digest.startswith(digest)]
        if len(digest) < SHORT or len(found) != 1:
            raise SnapshotUnknownError(digest)
        return _frozen(found[0])
    if row.draft and row.current is not None:
        return _published(row.current, snapshots)
    sent = [one for one in snapshots if one.verb == Verb.SUBMIT.value]
    if row.state in (Return.State.SUBMITTED, Return.State.APPROVED):
        del sent[-1:]  # that is what stands there now
    return _frozen(sent[-1]) if sent else None


def _frozen(snapshot: ReturnSnapshot) -> Beside:
    return Beside(snapshot.verb, snapshot.at, snapshot.digest, snapshot.cells)


def _published(number: int, snapshots: Sequence[ReturnSnapshot]) -> Beside:
    """The version in force: by the snapshot of its approval, or as it is where a file brought it."""
    version = ReturnVersion.objects.get(pk=number)
    for one in reversed(snapshots):
        if one.verb == Verb.APPROVE.value and one.version_digest == version.digest:
            return _frozen(one)
    at = published_at(version.seq)
    if at is None:
        raise LookupError(f"version {number} belongs to no publication")
    return Beside(PUBLISHED, at, version.digest, version.cells)


def _key(row: Return) -> Key:
    return Key(row.subject, row.form, row.period, row.instance)


def _above(read: Read, key: Key, place: Place, day: date) -> set[int]:
    """The body whose turn it is by the line of the day, and those above it."""
    steps = bodies_of(key, day=day)
    line = Bodies(read, day).line
    return {node.id for node in line.path(steps[min(place.step or len(steps), len(steps)) - 1])}


def _acts(access: Access, row: Return, place: Place) -> tuple[frozenset[Verb], dict[Verb, str]]:
    """As the doors of the services have it; they judge again."""
    read, key = read_as(access.read), _key(row)
    days = {verb: line_day(key, verb) for verb in ACTS if move(place, verb) is not None}
    reach = {day: _above(read, key, place, day) for day in set(days.values())}
    allowed: set[Verb] = set()
    bars: dict[Verb, str] = {}
    for verb, day in days.items():
        above = reach[day]
        holds = any(grant.node in above and right(verb) in verbs_of(grant) for grant in read.grants)
        if not holds:
            continue
        why = barred(
            verb, access.user.get_username(), entered=persons(row.entered_by), reviewers=row.passed_by
        )
        if why:
            bars[verb] = why
        else:
            allowed.add(verb)
    return frozenset(allowed), bars


def _may_comment(access: Access, row: Return, place: Place) -> bool:
    """Whoever passes for the body of the step, or for one above it, comments on what is submitted."""
    if row.state != Return.State.SUBMITTED:
        return False
    read, key = read_as(access.read), _key(row)
    above = _above(read, key, place, line_day(key, Verb.PASS))
    return any(grant.node in above and right(Verb.PASS) in verbs_of(grant) for grant in read.grants)


def _findings(access: Access, row: Return) -> list[Asked]:
    rows = list(
        findings_of_return(row).exclude(state=ReviewFinding.State.GONE).order_by("severity", "rule", "item")
    )
    said = shown(rows, access.own, reads=access.reads)
    person = access.user.get_username()
    reviews = _reviews(access, row)
    return [
        Asked(
            line,
            one.explained_by,
            one.decided_by,
            reviews
            and one.state == "explained"
            and person not in (one.explained_by, *persons(row.entered_by)),
            a_year_ago(one),
        )
        for one, line in zip(rows, said, strict=True)
    ]


def _reviews(access: Access, row: Return) -> bool:
    bodies = Bodies(read_as(access.read), Period.parse(row.period).last_day, ("pass", "approve"))
    return any(body in bodies.below for body in bodies_of(_key(row)))


def _cells(
    row: Return,
    key: Key,
    beside: Beside | None,
    findings: Sequence[Asked],
    comments: Sequence[ReturnComment],
) -> list[DeskCell]:
    period = Period.parse(key.period)
    now = parse(contents(row))
    earlier = None if beside is None else parse(beside.cells)
    ago, last = str(period.previous_year()), str(period.previous())
    others = cells_now(key.form, [key.subject], [ago, last], key.instance)
    year_ago, before = others.get((key.subject, ago), {}), others.get((key.subject, last), {})
    catalog = home_catalog()
    made = []
    for line in form_sheet(catalog, key.form, catalog.scheme_on(key.last_day).code).lines:
        code = line.code
        mark = row.entered_by.get(code, {})
        old = None if earlier is None else earlier.get(code)
        made.append(
            DeskCell(
                line,
                now.get(code),
                old,
                earlier is not None and old != now.get(code),
                year_ago.get(code),
                before.get(code),
                [str(name) for name in mark.get("by", ())],
                bool(mark.get("on_behalf")),
                [one.row for one in findings if one.row.item == code],
                [one for one in comments if one.item == code],
                str(mark.get("raw", "")),
                str(mark.get("src", "")),
            )
        )
    return made
