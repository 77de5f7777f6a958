"""What rows of a file, or one form, would make of what is stored: findings, and the days that each thing gets anew.

A row says what holds of a thing (institution, kind, number) from a day on: to the end that it names, else to the next
change that is known, else to the end that is known, else for good. It speaks of the cells that it carries. What is
stored of the same first day, or of later ones within its days, is contradicted only with a reason.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from jieyue.apps.exchange.lists import ListRow, ParsedList
from jieyue.apps.exchange.profile import CLEAR
from jieyue.apps.holdings.models import Holding, HoldingSpan
from jieyue.apps.registry.queries import by_code, institutions
from jieyue.catalog.holdings import FIXED, Holdings
from jieyue.domain.rooms import rooms_of
from jieyue.domain.tree import OPEN_END, Interval, apply_change

Key = tuple[int, str, str]
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class State:
    """What holds of a thing: its name, its fields as one text, and where that is from."""

    name: str
    values: str
    source: str

    @property
    def fields(self) -> dict[str, Any]:
        """Code → value."""
        found: dict[str, Any] = json.loads(self.values)
        return found


Rows = list[Interval[State]]


def state_of(name: str, values: Mapping[str, Any], source: str) -> State:
    """A state whose fields are in one order."""
    return State(name, json.dumps(dict(sorted(values.items())), ensure_ascii=False), source)


@dataclass
class Plans:
    """The things that the rows speak of: as they stand, and as they would."""

    rules: Holdings
    institutions: Mapping[str, int] = field(default_factory=dict)
    rooms: Mapping[int, str] = field(default_factory=dict)
    before: dict[Key, Rows] = field(default_factory=dict)
    after: dict[Key, Rows] = field(default_factory=dict)

    def look(self, parsed: ParsedList, restate: bool) -> None:
        """Judge the rows, the earliest first, and plan what is good. Asked twice it begins anew."""
        self.institutions = by_code({row.values["institution"] for row in parsed.rows})
        self.rooms = _rooms(self.institutions.values() if _names_rooms(parsed, self.rules) else ())
        self.before = stored(self.institutions.values())
        self.after = {key: list(rows) for key, rows in self.before.items()}
        for row in sorted(parsed.rows, key=lambda row: row.values["valid_from"]):
            if self._fits(row, parsed):
                self._plan(row, parsed, restate)

    def _fits(self, row: ListRow, parsed: ParsedList) -> bool:
        """Whether the row can be stored, whatever is."""
        said, report = row.values, parsed.report
        number = self.institutions.get(said["institution"])
        kind = self.rules.kinds(said["valid_from"]).get(said["kind"])
        if number is None:
            report.reject(row.row, "unknown_institution", column="institution", value=said["institution"])
        elif kind is None or kind.register in ("heating", "meters"):
            report.reject(row.row, "holding_elsewhere", column="kind", value=said["kind"])
        elif kind.register == "rooms" and said["code"] not in rooms_of(self.rooms.get(number, "")):
            report.reject(row.row, "holding_room", column="code", value=said["code"])
        elif said.get("valid_to", OPEN_END) <= said["valid_from"]:
            report.reject(row.row, "to_be_metered_span", column="valid_to", value=str(said["valid_to"]))
        else:
            known = {*FIXED, *self.rules.fields(said["kind"], said["valid_from"])}
            foreign = [name for name in said if name not in known]
            for name in foreign:
                column = self.rules.every_field()[name]
                report.reject(
                    row.row, "holding_field", column=name, value=column.name_zh, name_en=column.name_en,
                    kind_zh=kind.name_zh, kind_en=kind.name_en,
                )  # fmt: skip
            return not foreign
        return False

    def _plan(self, row: ListRow, parsed: ParsedList, restate: bool) -> None:
        said, report = row.values, parsed.report
        key = (self.institutions[said["institution"]], said["kind"], said["code"])
        rows, first = self.after.get(key, []), said["valid_from"]
        held = next((one for one in rows if one.valid_from <= first < one.valid_to), None)
        value = _merged(held.value if held else None, said)
        if not value.name and self.rules.kinds(first)[said["kind"]].register == "own":
            report.reject(row.row, "missing_required", column="name")
            return
        own = held if held is not None and held.valid_from == first else None
        end = said.get("valid_to") or _end(rows, first, own)
        if own is not None and (own.value, own.valid_to) == (value, end):
            report.duplicate(row.row, "duplicate_in_store")
            return
        against = _against(self.before.get(key, []), first, end, value)
        if against is not None and not restate:
            report.reject(
                row.row, "conflict", column="valid_from", value=_shown(value, first, end),
                stored=_shown(against.value, against.valid_from, against.valid_to),
                key=f"{said['institution']} {said['kind']} {said['code']}",
            )  # fmt: skip
            return
        others = [one for one in rows if one is not own]
        changed = apply_change(others, first, end, value).result(others)
        if changed == rows:
            report.duplicate(row.row, "duplicate_in_store")
        else:
            self.after[key] = changed

    def changed(self) -> Iterable[tuple[Key, Rows, Rows]]:
        """Each thing that changes, as it stands and as it would."""
        for key, rows in self.after.items():
            if rows != (before := self.before.get(key, [])):
                yield key, before, rows


def stored(numbers: Collection[int]) -> dict[Key, Rows]:
    """What is stored of the things of institutions."""
    found: dict[Key, Rows] = {}
    wanted = sorted(set(numbers))
    for start in range(0, len(wanted), _BATCH):
        spans = HoldingSpan.objects.filter(institution__in=wanted[start : start + _BATCH])
        for span in spans.order_by("valid_from"):
            value = state_of(span.name, span.values, span.source)
            found.setdefault((span.institution, span.kind, span.code), []).append(
                Interval(span.valid_from, span.valid_to, value, span.pk)
            )
    return found


def write(plans: Plans, batch: int | None) -> list[dict[str, Any]]:
    """Store what was planned; what stood in its place, for the log."""
    replaced: list[dict[str, Any]] = []
    for key, before, after in plans.changed():
        gone = [one for one in before if one not in after]
        new = [one for one in after if one not in before]
        things = _things(key, before, new)
        HoldingSpan.objects.filter(pk__in=[one.row_id for one in gone]).delete()
        HoldingSpan.objects.bulk_create(_span(things[one.valid_from], key, one, batch) for one in new)
        replaced += [as_data(key, one) for one in gone]
    return replaced


def as_data(key: Key, row: Interval[State]) -> dict[str, Any]:
    """A state as the log keeps it."""
    return {
        "institution": key[0], "kind": key[1], "code": key[2], "name": row.value.name, "values": row.value.fields,
        "source": row.value.source, "valid_from": row.valid_from, "valid_to": row.valid_to,
    }  # fmt: skip


def _things(key: Key, before: Rows, new: Rows) -> dict[date, int]:
    """First day → the thing. A number whose thing went to another institution is another thing's from then on."""
    rows = list(HoldingSpan.objects.filter(pk__in=[one.row_id for one in before]).order_by("valid_from"))
    elsewhere = HoldingSpan.objects.filter(holding__in={one.holding_id for one in rows})
    left = dict(
        elsewhere.exclude(institution=key[0]).order_by("valid_from").values_list("holding", "valid_from")
    )
    found: dict[date, int] = {}
    fresh: int | None = None
    for one in new:
        held = [row for row in rows if row.valid_from <= one.valid_from] or rows[:1]
        thing = held[-1].holding_id if held else None
        if thing is None or one.valid_from >= left.get(thing, OPEN_END):
            thing = fresh = fresh or Holding.objects.create(kind=key[1]).pk
        found[one.valid_from] = thing
    return found


def _span(thing: int, key: Key, row: Interval[State], batch: int | None) -> HoldingSpan:
    return HoldingSpan(
        holding_id=thing, institution=key[0], kind=key[1], code=key[2], name=row.value.name, values=row.value.fields,
        source=row.value.source, valid_from=row.valid_from, valid_to=row.valid_to, batch=batch,
    )  # fmt: skip


def _merged(held: State | None, said: Mapping[str, Any]) -> State:
    """What holds once the row has spoken: what it does not say stays."""
    values = held.fields if held else {}
    for name, value in said.items():
        if name not in FIXED:
            values[name] = value
    values = {name: value for name, value in values.items() if value != CLEAR}
    return state_of(
        said.get("name", held.name if held else ""), values, said.get("source", held.source if held else "")
    )


def _end(rows: Rows, first: date, own: Interval[State] | None) -> date:
    if own is not None:
        return own.valid_to
    later = next((one.valid_from for one in rows if one.valid_from > first), None)
    if later is not None:
        return later
    return rows[-1].valid_to if rows and rows[-1].valid_to > first else OPEN_END


def _against(rows: Rows, first: date, end: date, value: State) -> Interval[State] | None:
    """What is stored and would be contradicted. That a thing without a known end has ended is news and no more."""
    for one in rows:
        if one.valid_from == first and (one.value != value or one.valid_to not in (end, OPEN_END)):
            return one
        if first < one.valid_from < end and one.value != value:
            return one
    return None


def _shown(value: State, first: date, end: date) -> str:
    said = ", ".join(f"{name} {text}" for name, text in value.fields.items())
    days = f"{first} —" if end == OPEN_END else f"{first} — {end}"
    return f"{value.name} {days} {said}".strip()[:300]


def _names_rooms(parsed: ParsedList, rules: Holdings) -> bool:
    kinds = {row.code for row in rules.kind_rows if row.register == "rooms"}
    return any(row.values["kind"] in kinds for row in parsed.rows)


def _rooms(numbers: Iterable[int]) -> dict[int, str]:
    return {number: info.attributes.rooms for number, info in institutions(list(numbers)).items()}
