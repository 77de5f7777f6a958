"""Reads of the registry. Whoever shows rows to a user goes through scope.py first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, CharField, DateField, QuerySet

from jieyue.apps.exchange.match import Entry, NodeEntry
from jieyue.apps.publication.prepared import Prepared
from jieyue.apps.registry.attributes import Attributes, of_row
from jieyue.apps.registry.models import Alias, FilingDuty, Institution, InstitutionVersion
from jieyue.apps.trees.queries import ROOT_CODE, UNIT, Tree, members, memberships, tree
from jieyue.domain.rooms import rooms_of

_DAY = timedelta(days=1)
_BATCH = 10_000  # a database has a limit for the values of one question


@dataclass(frozen=True, slots=True)
class InstitutionInfo:
    """An institution on a day: attributes, and the node of each tree (`unit`: who reports for it, None = itself)."""

    id: int
    valid_from: date
    valid_to: date
    attributes: Attributes
    nodes: dict[str, int]

    @property
    def code(self) -> str:
        """The code."""
        return self.attributes.code

    @property
    def name(self) -> str:
        """The name."""
        return self.attributes.name

    @property
    def unit(self) -> int | None:
        """The institution whose return speaks for this one."""
        return self.nodes.get(UNIT)


def institutions(
    ids: Collection[int], on: date | None = None, seq: int | None = None
) -> dict[int, InstitutionInfo]:
    """The institutions in being on the day (default today), as publication `seq` knew them (default newest)."""
    day = _day(on)
    places = memberships(ids, day, seq)
    found = {}
    for part in _parts(ids):
        rows = _ON.objects(ids=part, day=day) if seq is None else _on_day(part, day, seq)
        for row in rows:
            number = row.institution_id
            found[number] = InstitutionInfo(number, row.valid_from, row.valid_to, of_row(row), places[number])
    return found


def institution(number: int, on: date | None = None, seq: int | None = None) -> InstitutionInfo | None:
    """One institution on a day."""
    return institutions([number], on, seq).get(number)


def institution_history(number: int, seq: int | None = None) -> list[tuple[date, date, Attributes]]:
    """What was said of it, by date, as publication `seq` knew it."""
    rows = InstitutionVersion.objects.as_of(seq).filter(institution_id=number).order_by("valid_from")
    return [(row.valid_from, row.valid_to, of_row(row)) for row in rows]


def aliases_of(number: int) -> list[Alias]:
    """The names and codes it goes or went by."""
    return list(Alias.objects.filter(institution_id=number).order_by("valid_from", "kind", "value"))


def duties_of(number: int, year: int) -> list[FilingDuty]:
    """Who files which of its months of a broken year; the newest duty of a month stands last."""
    return list(FilingDuty.objects.filter(institution_id=number, year=year).order_by("seq", "first_month"))


def members_of_unit(unit: int, on: date | None = None, seq: int | None = None) -> list[int]:
    """The institutions reported inside this one's return on the day, without itself."""
    return members([unit], UNIT, on, seq)


def find_institution(code: str, on: date | None = None, seq: int | None = None) -> InstitutionInfo | None:
    """The institution of this code on the day; of one that is not in being then, the last that had the code."""
    day = _day(on)
    rows = list(InstitutionVersion.objects.as_of(seq).filter(code=code).order_by("-valid_to"))
    if not rows:
        return None
    row = next((row for row in rows if row.valid_from <= day < row.valid_to), rows[0])
    places = memberships([row.institution_id], min(max(day, row.valid_from), row.valid_to - _DAY), seq)
    number = row.institution_id
    return InstitutionInfo(number, row.valid_from, row.valid_to, of_row(row), places[number])


def number_of(code: str, on: date | None = None) -> int | None:
    """The identifier of `find_institution`'s institution, where no more of it is needed."""
    found = called(code, on)
    return None if found is None else found[0]


def called(code: str, on: date | None = None) -> "tuple[int, Course] | None":
    """The identifier of `find_institution`'s institution, and its course, in one question."""
    day, rows = _day(on), _BY_CODE.rows(code=code)
    own = sorted((row for row in rows if row[3] == code), key=lambda row: row[2], reverse=True)
    if not own:
        return None
    number = next((row for row in own if row[1] <= day < row[2]), own[0])[0]
    return int(number), Course([tuple(row[1:]) for row in rows if row[0] == number])


def codes_of(ids: Collection[int], on: date | None = None, seq: int | None = None) -> dict[int, str]:
    """Institution → code on the day; of one that is not in being then, the last one it had."""
    return {number: value[0] for number, value in _labels(ids, on, seq).items()}


def names_of(ids: Collection[int], on: date | None = None, seq: int | None = None) -> dict[int, str]:
    """Institution → name on the day; of one that is not in being then, the last one it had."""
    return {number: value[1] for number, value in _labels(ids, on, seq).items()}


def levels_on(day: date, seq: int | None = None) -> dict[int, str]:
    """Institution → administrative level, of everyone in being on the day; empty where none is said."""
    rows = InstitutionVersion.objects.as_of(seq).on(day)
    return dict(rows.values_list("institution_id", "level"))


def rooms_of_many(ids: Collection[int], on: date | None = None) -> dict[int, tuple[str, ...]]:
    """Institution → the numbers of its data-centre rooms on the day; absent where nothing is said of them."""
    found: dict[int, tuple[str, ...]] = {}
    for part in _parts(ids):
        rows = _on_day(part, _day(on)).exclude(rooms="").values_list("institution_id", "rooms")
        found |= {number: rooms_of(text) for number, text in rows}
    return found


def labels_of(ids: Collection[int], on: date | None = None) -> dict[int, tuple[str, str]]:
    """Institution → (code, name), as `codes_of` and `names_of` have them, in one question."""
    return _labels(ids, on, None)


@dataclass(frozen=True)
class Course:
    """What an institution is called and when it is: (first day, day of the end, code, name), ascending."""

    rows: Sequence[tuple[date, date, str, str]]

    def label(self, on: date | None = None) -> tuple[str, str]:
        """As `labels_of`; empty where nothing is known of it."""
        day = _day(on)
        spoken = [(code, name) for first, end, code, name in self.rows if first <= day < end]
        return (spoken or [(code, name) for _, _, code, name in self.rows[-1:]] or [("", "")])[0]

    @property
    def span(self) -> tuple[date, date] | None:
        """As `spans_of`."""
        if not self.rows:
            return None
        return min(row[0] for row in self.rows), max(row[1] for row in self.rows)


def course_of(institution: int) -> Course:
    """One institution's, in one question."""
    return Course([tuple(row[1:]) for row in _LABELS.rows(ids=[institution])])


def spans_of(ids: Collection[int]) -> dict[int, tuple[date, date]]:
    """Institution → first day, and the day from which on it is no more (9999-12-31: no end known)."""
    found: dict[int, tuple[date, date]] = {}
    for part in _parts(ids):
        for number, first, end in _SPANS.rows(ids=part):
            known = found.get(number, (first, end))
            found[number] = (min(first, known[0]), max(end, known[1]))
    return found


def by_code(codes: Iterable[str], on: date | None = None) -> dict[str, int]:
    """Code → institution, for the institutions in being on the day."""
    return _lookup("code", codes, on)


def by_credit_code(codes: Iterable[str], on: date | None = None) -> dict[str, int]:
    """Unified social credit code → institution, for the institutions in being on the day."""
    return _lookup("credit_code", codes, on)


def by_name(names: Iterable[str], on: date | None = None) -> dict[str, list[int]]:
    """Name → institutions of exactly that name on the day."""
    found: dict[str, list[int]] = defaultdict(list)
    for part in _parts(set(names)):
        rows = (
            InstitutionVersion.objects.as_of().on(_day(on)).filter(name__in=part).order_by("institution_id")
        )
        for name, number in rows.values_list("name", "institution_id"):
            found[name].append(number)
    return dict(found)


def by_alias(values: Iterable[str], on: date | None = None) -> dict[str, list[int]]:
    """Former name, other name, former or foreign code → institutions that go by it on the day."""
    day = _day(on)
    found: dict[str, list[int]] = defaultdict(list)
    for part in _parts(set(values)):
        rows = Alias.objects.filter(value__in=part, valid_from__lte=day, valid_to__gt=day)
        for value, number in rows.order_by("institution_id").values_list("value", "institution_id"):
            if number not in found[value]:
                found[value].append(number)
    return dict(found)


def matching_entries(on: date | None = None) -> list[Entry]:
    """Every institution ever registered, as the matcher of imported rows needs it.

    Codes and names are those of the day, else the last ones before it, else the first after it; all others
    that it had are former ones.
    """
    day = _day(on)
    versions: dict[int, list[tuple[date, str, str, str]]] = defaultdict(list)
    columns = ("institution_id", "valid_from", "code", "name", "credit_code")
    for number, first, code, name, credit in (
        InstitutionVersion.objects.as_of()
        .order_by("institution_id", "valid_from")
        .values_list(*columns)
        .iterator()
    ):
        versions[number].append((first, code, name, credit))
    former: dict[int, list[str]] = defaultdict(list)
    other: dict[int, list[str]] = defaultdict(list)
    for number, kind, value in Alias.objects.order_by("id").values_list("institution_id", "kind", "value"):
        (former if kind == Alias.Kind.FORMER else other)[number].append(value)
    return [_entry(number, rows, day, former[number], other[number]) for number, rows in versions.items()]


def matching_nodes(on: date | None = None) -> list[NodeEntry]:
    """The nodes that a declared total may stand for."""
    found = []
    for name in (Tree.AREA, Tree.DEPARTMENT, Tree.TYPE, Tree.LINE):
        for node in tree(name, on):
            if node.code == ROOT_CODE:
                if name == Tree.AREA:
                    found.append(NodeEntry("city", node.name_zh, (node.name_en,) if node.name_en else ()))
                continue
            found.append(
                NodeEntry(f"{name}:{node.code}", node.name_zh, (node.name_en,) if node.name_en else ())
            )
    return found


def count_in_being(on: date | None = None, seq: int | None = None) -> int:
    """How many institutions are in being and in this authority's count on the day."""
    return InstitutionVersion.objects.as_of(seq).on(_day(on)).filter(in_count=True).count()


def exists(number: int) -> bool:
    """Whether the institution was ever registered."""
    return Institution.objects.filter(pk=number).exists()


def _entry(
    number: int, rows: list[tuple[date, str, str, str]], day: date, former: list[str], other: list[str]
) -> Entry:
    begun = [row for row in rows if row[0] <= day]
    _, code, name, credit = begun[-1] if begun else rows[0]
    past_names = {row[2] for row in rows} - {name}
    past_codes = {text for row in rows for text in (row[1], row[3])} - {code, credit, ""}
    return Entry(
        id=number,
        code=code,
        name=name,
        credit_code=credit,
        former_names=tuple(sorted(past_names | set(former) - {name})),
        aliases=tuple(sorted(past_codes | set(other))),
    )


def _labels(ids: Collection[int], on: date | None, seq: int | None) -> dict[int, tuple[str, str]]:
    day = _day(on)
    found: dict[int, tuple[str, str]] = {}
    settled: set[int] = set()
    for part in _parts(ids):
        rows = _LABELS.rows(ids=part) if seq is None else _labels_rows(part, seq)
        for number, first, end, code, name in rows:
            if number not in settled:
                found[number] = (code, name)
            if first <= day < end:
                settled.add(number)
    return found


def _labels_rows(ids: Any, seq: int | None = None) -> QuerySet[Any, Any]:
    rows = InstitutionVersion.objects.as_of(seq).filter(institution_id__in=ids).order_by("valid_from")
    return rows.values_list("institution_id", "valid_from", "valid_to", "code", "name")


def _on_day(ids: Any, day: Any, seq: int | None = None) -> QuerySet[InstitutionVersion]:
    return InstitutionVersion.objects.as_of(seq).on(day).filter(institution_id__in=ids)


_ON = Prepared(_on_day, ids=BigIntegerField(), day=DateField())
_LABELS = Prepared(_labels_rows, ids=BigIntegerField())
_SPANS = Prepared(
    lambda ids: (
        InstitutionVersion.objects.as_of()
        .filter(institution_id__in=ids)
        .values_list("institution_id", "valid_from", "valid_to")
    ),
    ids=BigIntegerField(),
)
_BY_CODE = Prepared(
    lambda code: _labels_rows(InstitutionVersion.objects.as_of().filter(code=code).values("institution_id")),
    code=CharField(),
)


def _lookup(column: str, values: Iterable[str], on: date | None) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in _parts({value for value in values if value}):
        rows = InstitutionVersion.objects.as_of().on(_day(on)).filter(**{f"{column}__in": part})
        found.update(rows.values_list(column, "institution_id"))
    return found


def _parts(values: Collection) -> Iterable[list]:
    whole = list(values)
    return (whole[start : start + _BATCH] for start in range(0, len(whole), _BATCH))


def _day(on: date | None) -> date:
    return on or settings.JIEYUE_HOME.today()
