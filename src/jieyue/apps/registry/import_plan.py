"""What an institution file would change: worked out row by row before anything is stored.

The key of a row is (institution, valid_from). What the registry says from a day before the row's is superseded
from the row's day on (a dated change); another value from the very same day is a contradiction, unless the import
restates. A row that names no end speaks of each field until the registry knows a later change of that field, so
the order of files does not matter; a row that names its end contradicts whatever differs until then. A file speaks
only of the fields it fills.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from jieyue.apps.exchange.institutions import InstitutionRow
from jieyue.apps.exchange.match import Ambiguous, Directory, How
from jieyue.apps.exchange.result import ACCEPTED, Report
from jieyue.apps.publication.dated import updated
from jieyue.apps.publication.queries import last_number
from jieyue.apps.registry.attributes import Attributes
from jieyue.apps.registry.attributes import change as changed_value
from jieyue.apps.registry.import_places import Node, Place, Places
from jieyue.apps.registry.import_points import tell_astray
from jieyue.apps.registry.models import Alias
from jieyue.apps.registry.queries import matching_entries
from jieyue.apps.registry.services.write import Versions, intervals_of
from jieyue.domain.quantity import from_fixed
from jieyue.domain.tree import OPEN_END, Interval, apply_change, remove_span

#: Field of the file → attribute.
FIELDS: Final = {
    "code": "code",
    "name": "name",
    "credit_code": "credit_code",
    "level": "level",
    "floor_area_m2": "floor_area",
    "energy_users": "persons",
    "students": "students",
    "boarders": "boarders",
    "beds": "beds",
    "vehicles": "vehicles",
    "nev_vehicles": "nev_vehicles",
    "office_mode": "office_mode",
    "rooms": "rooms",
    "heating": "heating",
    "sensitive": "sensitive",
    "lon": "lon",
    "lat": "lat",
    "coord_sys": "coord_sys",
}
QUANTITY_FIELDS: Final = frozenset(
    {"floor_area_m2", "energy_users", "students", "boarders", "beds", "vehicles", "nev_vehicles"}
)
_TEXTS: Final = frozenset(
    {"credit_code", "level", "office_mode", "rooms", "heating", "sensitive", "coord_sys"}
)
_NAMES: tuple[How, ...] = ("name", "former_name", "alias")


@dataclass(slots=True)
class Draft:
    """One institution of the file: what is stored of it and what shall be. `key` is its id, or a new code."""

    key: int | str
    before: Versions
    after: Versions
    aliases: list[tuple[str, str, date]] = field(default_factory=list)
    first: date = OPEN_END

    @property
    def is_new(self) -> bool:
        """Whether it is not registered yet."""
        return isinstance(self.key, str)


@dataclass(slots=True)
class InstitutionPlan:
    """What shall be stored; made by `plan_institutions`, stored by services/import_institutions.py."""

    seq: int
    drafts: dict[int | str, Draft]
    places: Places
    touched: set[int | str] = field(default_factory=set)

    @property
    def created(self) -> int:
        """Institutions that begin."""
        return sum(self.drafts[key].is_new for key in self.touched)

    @property
    def changed(self) -> int:
        """Institutions of which something is said anew."""
        return len(self.touched) - self.created


def plan_institutions(
    rows: Sequence[InstitutionRow],
    report: Report,
    *,
    restate: bool = False,
    answers: Mapping[str, int] | None = None,
) -> InstitutionPlan:
    """Work out what accepted rows would change; rows that are stored already or contradict are told in `report`.

    answers: text → institution, as a person decided before.
    """
    return _Planner(rows, report, restate=restate, answers=answers).plan()


class _Planner:
    def __init__(
        self,
        rows: Sequence[InstitutionRow],
        report: Report,
        *,
        restate: bool,
        answers: Mapping[str, int] | None,
    ) -> None:
        self.rows = sorted(rows, key=lambda row: (row.valid_from, row.row))
        self.report, self.restate = report, restate
        seq = last_number()
        self.directory = Directory(matching_entries(), answers=answers)
        self.keys = {row.row: key for row in self.rows if (key := self._subject(row)) is not None}
        known = [key for key in set(self.keys.values()) if isinstance(key, int)]
        stored = intervals_of(known)
        self.drafts: dict[int | str, Draft] = {key: Draft(key, stored[key], stored[key]) for key in known}
        self.places = Places.of(
            known, self.directory, {key for key in self.keys.values() if isinstance(key, str)}
        )
        self.result = InstitutionPlan(seq, self.drafts, self.places)

    def plan(self) -> InstitutionPlan:
        for row in self.rows:
            if row.row in self.keys and self.report.state(row.row) == ACCEPTED:
                self._row(row, self.keys[row.row])
        self._ends()
        self.places.check_units(self.rows, self.keys, self.report)
        tell_astray([row for row in self.rows if self.report.state(row.row) == ACCEPTED], self.report)
        for key in [key for key, draft in self.drafts.items() if draft.is_new and not draft.after]:
            del self.drafts[key]
        return self.result

    def _subject(self, row: InstitutionRow) -> int | str | None:
        """The institution of a row: by credit code, code, a foreign code, then by name in the same region."""
        found = self.directory.find(row.credit_code, ("credit_code",)) if row.credit_code else None
        found = found or self.directory.find(row.code, ("code",))
        found = found or self.directory.find(row.code, ("alias",))
        if found is None:
            named = self.directory.find(row.name, _NAMES)
            if (
                named is not None
                and not isinstance(named, Ambiguous)
                and Places.stands_in(named.id, row.region)
            ):
                self.report.add(
                    "matched_by_alias", row=row.row, column="name", value=row.name, institution=named.label
                )
                found = named
        if isinstance(found, Ambiguous):
            shown = ", ".join(found.candidates)
            self.report.reject(
                row.row, "institution_ambiguous", column="code", value=row.code, candidates=shown
            )
            return None
        return row.code if found is None else found.id

    def _row(self, row: InstitutionRow, key: int | str) -> None:
        draft = self.drafts.get(key) or Draft(key, [], [])
        values = self._values(row, draft)
        moves = self.places.moves(row, key, self.report, is_new=not draft.after)
        if values is None or moves is None or not self._agrees(row, draft, values, moves):
            return
        after = draft.after
        for end, said in _by_end(draft.after, row, values).items():
            after = _said(after, row.valid_from, end, said)
        moved = self.places.apply(moves, row)
        aliases = self._aliases(row, draft, values)
        if after == draft.after and not moved and not aliases and row.valid_to == self._end(draft, row):
            self.report.duplicate(row.row, "duplicate_in_store")
            return
        draft.after = after
        draft.aliases += aliases
        draft.first = min(draft.first, row.valid_from)
        self.drafts[key] = draft
        self.result.touched.add(key)

    def _values(self, row: InstitutionRow, draft: Draft) -> dict[str, Any] | None:
        """Attribute → value for what the row says; None if it clears without leave."""
        values: dict[str, Any] = {}
        for name in FIELDS.keys() & row.given:
            value = getattr(row, name)
            if name in QUANTITY_FIELDS:
                value = from_fixed(value)
            elif name in ("lon", "lat"):
                value = float(value)
            values[FIELDS[name]] = value
        for name in FIELDS.keys() & row.cleared:
            if not self.restate and any(_filled(getattr(held.value, FIELDS[name])) for held in draft.after):
                self.report.reject(row.row, "clear_needs_restate", column=name)
                return None
            values[FIELDS[name]] = "" if name in _TEXTS else None
        if isinstance(draft.key, int):
            entry = self.directory.entries[draft.key]
            if entry.code != row.code:  # matched another way: our code stands, theirs is kept beside it
                del values["code"]
            if row.name in (*entry.former_names, *entry.aliases):
                del values["name"]
        return values

    def _agrees(
        self,
        row: InstitutionRow,
        draft: Draft,
        values: Mapping[str, Any],
        moves: Mapping[Place, Node | None],
    ) -> bool:
        """Whether nothing stored for the row's first day or later says otherwise."""
        if self.restate:
            return True
        names = {attribute: name for name, attribute in FIELDS.items()}
        for held in draft.after:
            if row.contradicts_from(held.valid_from):
                for attribute, value in values.items():
                    stored = getattr(held.value, attribute)
                    if _filled(stored) and stored != value:
                        return self._conflict(row, names[attribute], value, stored)
        clash = self.places.clash(row, draft.key, moves)
        return clash is None or self._conflict(row, *clash)

    def _conflict(self, row: InstitutionRow, column: str, value: object, stored: object) -> bool:
        label = f"{row.code} {row.valid_from.isoformat()}"
        self.report.reject(
            row.row, "conflict", column=column, value=_plain(value), key=label, stored=_plain(stored)
        )
        return False

    def _aliases(
        self, row: InstitutionRow, draft: Draft, values: Mapping[str, Any]
    ) -> list[tuple[str, str, date]]:
        entry = self.directory.entries.get(draft.key) if isinstance(draft.key, int) else None
        known = {entry.name, entry.code, *entry.former_names, *entry.aliases} if entry else set()
        found = [(Alias.Kind.NAME, text, row.valid_from) for text in row.aliases if text not in known]
        if entry and entry.code != row.code and row.code not in known:
            found.append((Alias.Kind.FOREIGN, row.code, row.valid_from))
        if entry and values.get("name", entry.name) != entry.name:
            found.append((Alias.Kind.FORMER, entry.name, row.valid_from))
        return [alias for alias in found if alias not in draft.aliases]

    def _end(self, draft: Draft, row: InstitutionRow) -> date:
        return draft.after[-1].valid_to if draft.after and "valid_to" in row.given else row.valid_to

    def _ends(self) -> None:
        """An institution whose last row names an end is no more from then on."""
        last: dict[int | str, InstitutionRow] = {}
        for row in self.rows:
            if row.row in self.keys and self.report.state(row.row) == ACCEPTED:
                last[self.keys[row.row]] = row
        for key, row in last.items():
            if "valid_to" in row.given and key in self.drafts and row.valid_to != OPEN_END:
                draft = self.drafts[key]
                draft.after = remove_span(draft.after, row.valid_to, OPEN_END).result(draft.after)
                self.places.end(key, row.valid_to)


def _by_end(rows: Versions, row: InstitutionRow, values: Mapping[str, Any]) -> dict[date, dict[str, Any]]:
    """Last day (not included) → what the row says until then: a later change that is known of a field stands."""
    spoken: dict[date, dict[str, Any]] = {}
    for attribute, value in values.items():
        end = row.valid_to
        if "valid_to" not in row.given:
            on_day = (held.value for held in rows if held.valid_from <= row.valid_from < held.valid_to)
            before = getattr(next(on_day, None), attribute, value)
            end = next((h.valid_from for h in rows if _is_change(h, row, attribute, before)), end)
        spoken.setdefault(end, {})[attribute] = value
    return dict(sorted(spoken.items(), reverse=True)) or {row.valid_to: {}}


def _is_change(held: Interval[Attributes], row: InstitutionRow, attribute: str, before: object) -> bool:
    value = getattr(held.value, attribute)
    return held.valid_from > row.valid_from and _filled(value) and value != before


def _said(rows: Versions, first: date, end: date, values: Mapping[str, Any]) -> Versions:
    """The versions with the values said in [first, end).

    Days behind the last version carry it on; days before the first take its names and codes, but no quantity:
    what the institution had and owed then is not known.
    """
    said = dict(values)
    if not rows:
        return [Interval(first, end, Attributes(**said))]
    spoken = updated(rows, first, end, lambda value: changed_value(value, said))
    for start, stop, nearest in _gaps(rows, first, end):
        spoken = apply_change(spoken, start, stop, changed_value(nearest, said)).result(spoken)
    return spoken


def _gaps(rows: Versions, valid_from: date, valid_to: date) -> Iterable[tuple[date, date, Attributes]]:
    """Spans of [valid_from, valid_to) that no row covers, each with what the row next to it says of them.

    An end that is stored stays: only a row that names its own end, or begins after it, opens the days behind.
    """
    first = rows[0]
    if valid_from < first.valid_from:
        unknown: dict[str, Any] = dict.fromkeys(
            sorted({FIELDS[name] for name in QUANTITY_FIELDS} | {"lon", "lat"})
        )
        unknown |= {"rooms": "", "heating": ""}
        yield valid_from, min(first.valid_from, valid_to), changed_value(first.value, unknown)
    last = rows[-1]
    if valid_to > last.valid_to and (valid_to != OPEN_END or valid_from >= last.valid_to):
        yield max(last.valid_to, valid_from), valid_to, last.value


def _filled(value: object) -> bool:
    return value is not None and value != ""


def _plain(value: object) -> str:
    """A value for a finding: a decimal without the zeros of its storage."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
