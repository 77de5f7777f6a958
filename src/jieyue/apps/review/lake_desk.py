"""A city's returns of a year as a desk: the facts as of a publication, with what is open in the office over them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from django.conf import settings

from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.cells import columns
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.rooms import by_room
from jieyue.catalog.loader import Catalog
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period
from jieyue.domain.review_panel import TCE, Bools, Desk, Ints, Panel, Table
from jieyue.store import arrays

SURVEY_SET = "survey-calorific"

_PER_YEAR = {"M": 12, "Q": 4, "Y": 1, "H": 1}


@dataclass(frozen=True)
class Roll:
    """Who stands in the registry: identifiers ascending, months of being, peers, and spans reported by another."""

    subjects: Ints
    born: Ints
    ended: Ints
    groups: Ints
    away: tuple[tuple[int, int, int], ...]


def roll_of(sequence: int, day: date) -> Roll:
    """The institutions of this authority's count as of a publication; peers by their type on the day."""
    found = open_lake().steps("review_registry", {"seq": sequence, "day": day})
    being, types, away = found["being"], found["types"], found["away"]
    subjects = arrays.whole(being.column("institution"))
    groups = np.full(len(subjects), -1, dtype=np.int64)
    place = arrays.places(subjects, types.column("institution"))
    groups[place[place >= 0]] = arrays.whole(types.column("node"))[place >= 0]
    spans = [arrays.whole(_one(away.column(name))) for name in ("institution", "valid_from", "valid_to")]
    return Roll(
        subjects,
        arrays.whole(_one(being.column("born"))),
        arrays.whole(_one(being.column("ended"))),
        groups,
        tuple(zip(*(span.tolist() for span in spans), strict=True)),
    )


def _one(column: pa.ChunkedArray) -> pa.Array:
    array = arrays.one(column)
    return array.cast(pa.int32()) if pa.types.is_date(array.type) else array


@lru_cache(maxsize=64)
def periods_of(kind: str, year: int) -> tuple[Period, ...]:
    """The periods of a kind in a year."""
    if kind == "M":
        return tuple(Period.of_month(year, month) for month in range(1, 13))
    if kind == "Q":
        return tuple(Period.of_quarter(year, quarter) for quarter in range(1, 5))
    return (Period.of_year(year) if kind == "Y" else Period.of_season(year),)


@lru_cache(maxsize=64)
def names_of(kind: str, year: int) -> tuple[str, ...]:
    """The same as they are written."""
    return tuple(str(period) for period in periods_of(kind, year))


def city_desk(
    form: str, kind: str, year: int, *, sequence: int, codes: Mapping[str, Sequence[str]], drafts: bool = True
) -> Desk:
    """The returns of a form and kind of period in a year, all institutions, with last year's beside them.

    codes: items that the rules look at, by form. drafts: what was submitted, sent back or reopened stands over the
    facts; what was never submitted does not.
    """
    refuse_rooms(form)
    periods = periods_of(kind, year)
    roll = roll_of(sequence, periods[-1].last_day)
    reader = _Reader(roll.subjects, sequence, drafts)
    return desk_of(reader, roll, form, kind, year, codes)


def refuse_rooms(form: str) -> None:
    """A form with rooms has several returns a period: they are judged one by one, with their room named."""
    if home_catalog().forms[form].instance != "none":
        raise DomainError(
            "review_rooms",
            zh=f"报表 {form} 一期有多份（按机房），填报和上报时逐份审核，不能全市一遍审；机房用电之和在 NY201 中核对",
            en=f"form {form} has several returns a period (rooms): each is judged as it is entered and submitted, "
            "not in one pass over all; NY201 adds them up",
        )


def desk_of(
    reader: "Panels", roll: Roll, form: str, kind: str, year: int, codes: Mapping[str, Sequence[str]]
) -> Desk:
    """The desk of a reader's panels."""
    panel = reader.panel(form, kind, year, codes[form])
    before = reader.panel(form, kind, year - 1, codes[form])
    panel, before = _comparable(panel, before, form)
    due, member = due_of(roll, periods_of(kind, year))
    parts = [
        (reader.panel(form, part, year, codes[form]), due_of(roll, periods_of(part, year))[0])
        for part in (("M", "Q") if kind == "Y" else ())
    ]
    return Desk(
        panel,
        roll.subjects,
        roll.groups,
        due & _expected(panel, before, kind, year),
        member,
        before=before,
        parts=parts,
        others=beside(reader, form, kind, year, codes),
        flows=_flows(form, home_catalog()),
    )


@lru_cache(maxsize=64)
def _flows(form: str, catalog: Catalog) -> frozenset[str]:
    """Items that a period adds to."""
    return frozenset(item.code for item in catalog.items(form) if item.agg == "flow")


def _expected(panel: Panel, before: Panel, kind: str, year: int) -> Bools:
    """Periods that have ended, of institutions that file this kind of return at all (there are no duties yet)."""
    today = settings.JIEYUE_HOME.today()
    ended = np.array([period.last_day < today for period in periods_of(kind, year)])
    files: Bools = np.asarray(np.concatenate([panel.filed, before.filed], axis=1).any(axis=1, keepdims=True))
    expected: Bools = ended[None, :] & files
    return expected


def _comparable(panel: Panel, before: Panel, form: str) -> tuple[Panel, Panel]:
    """Standard coal is unknown in both years where a carrier is stated in one alone, or fuel without its vehicles'."""
    if TCE not in panel.items:
        return panel, before
    odd = np.zeros(panel.filed.shape, dtype=bool)
    for weight in coal_weights(form, home_catalog()):
        odd |= panel.item(weight.code)[1] != before.item(weight.code)[1]
    odd &= panel.filed & before.filed

    def without(one: Panel) -> Panel:
        values, known = one.items[TCE]
        return replace(one, items={**one.items, TCE: (values, known & ~odd)})

    return without(panel), without(before)


class Panels(Protocol):
    """What makes panels of the same institutions."""

    def panel(self, form: str, kind: str, year: int, codes: Sequence[str]) -> Panel:
        """The returns of a kind in a year."""
        ...


def beside(
    reader: Panels, form: str, kind: str, year: int, codes: Mapping[str, Sequence[str]]
) -> dict[str, Panel]:
    """The other forms that the rules look at, for the same periods; beside a heating season its months together."""
    wanted = {other: asked for other, asked in codes.items() if other != form}
    if kind != "H":
        return {other: reader.panel(other, kind, year, asked) for other, asked in wanted.items()}
    season = Period.of_season(year)
    return {
        other: _season([reader.panel(other, "M", each, asked) for each in (year, year + 1)], season)
        for other, asked in wanted.items()
    }


def _season(years: Sequence[Panel], season: Period) -> Panel:
    """Months as one season: flows added up where every month states them, stocks of the last month."""
    form = years[0].form
    periods = [period for panel in years for period in panel.periods]
    inside = np.isin(periods, [str(month) for month in season.months()])
    stocks = {item.code for item in home_catalog().items(form) if item.agg == "stock"}
    items: dict[str, Table] = {}
    for code in years[0].items:
        values, known = (
            np.concatenate([panel.item(code)[part] for panel in years], axis=1)[:, inside] for part in (0, 1)
        )
        if code in stocks:
            items[code] = values[:, -1:].astype(np.int64), known[:, -1:].astype(bool)
        else:
            whole = np.asarray(known.all(axis=1, keepdims=True), dtype=bool)
            items[code] = values.sum(axis=1, keepdims=True).astype(np.int64), whole
    filed = np.concatenate([panel.filed for panel in years], axis=1)[:, inside]
    return Panel(form, (str(season),), np.asarray(filed.any(axis=1, keepdims=True)), items)


def due_of(roll: Roll, periods: Sequence[Period]) -> tuple[Bools, Bools]:
    """(whether a return is owed, whether another files for the institution), by the last day of each period."""
    ends = np.array([(period.last_day - date(1970, 1, 1)).days for period in periods], dtype=np.int64)
    being = (roll.born[:, None] <= ends) & (roll.ended[:, None] > ends)
    member = np.zeros(being.shape, dtype=bool)
    if roll.away:
        who, start, stop = (np.array(part, dtype=np.int64) for part in zip(*roll.away, strict=True))
        place = arrays.places(roll.subjects, pa.array(who))
        for at, first, last in zip(place.tolist(), start.tolist(), stop.tolist(), strict=True):
            if at >= 0:
                member[at] |= (first <= ends) & (last > ends)
    return being & ~member, member & being


class _Reader:
    """Panels over the same institutions."""

    def __init__(self, subjects: Ints, sequence: int, drafts: bool) -> None:
        self._subjects, self._sequence, self._drafts = subjects, sequence, drafts

    def panel(self, form: str, kind: str, year: int, codes: Sequence[str]) -> Panel:
        """The returns of a kind in a year; several of one institution and period (rooms) are added up."""
        periods = names_of(kind, year)
        numeric = numbers_of(form, tuple(codes), home_catalog())
        filler = Filler(len(self._subjects), len(periods), numeric)
        handed_in = self._handed_in(form, periods) if self._drafts else []
        rooms = {(subject, room, at) for subject, room, at, _draft in handed_in} if by_room(form) else set()
        self._facts(filler, form, kind, year, rooms)
        if handed_in:
            self._open(filler, handed_in, among_rooms=by_room(form))
        items = filler.items()
        if TCE in codes:
            items = {**items, TCE: building_coal(items, form, home_catalog())}
        return Panel(form, periods, filler.filed, items)

    def _facts(
        self, filler: "Filler", form: str, kind: str, year: int, without: Collection[tuple[int, str, int]]
    ) -> None:
        """without: (institution, room, column) of returns of rooms that something handed in stands for."""
        names = ["institution", "kind", "first_month", *(["instance"] if without else [])]
        names += [f"{letter}{code}" for code in filler.codes for letter in "co"]
        span = 12 // _PER_YEAR[kind]
        table = f"facts_{form}"
        with open_lake().scan(
            table, names, seq=self._sequence, partitions={table: {"year": [year]}}
        ) as parts:
            for part in parts:
                chosen = arrays.says(part.columns["kind"], kind)
                if part.current is not None:
                    chosen &= part.current
                place = arrays.places(self._subjects, part.columns["institution"])
                rows = np.flatnonzero(chosen & (place >= 0))
                if not len(rows):
                    continue
                months = arrays.whole(part.columns["first_month"])[rows]
                column = np.zeros_like(rows) if kind == "H" else (months - 1) // span
                if without:
                    named = part.columns["instance"].take(pa.array(rows)).to_pylist()
                    whose = zip(self._subjects[place[rows]].tolist(), named, column.tolist(), strict=True)
                    kept = np.array([one not in without for one in whose], dtype=bool)
                    rows, column = rows[kept], column[kept]
                at = (place[rows], column)
                filler.add(at, (_cells(part.columns, code, rows) for code in filler.codes))

    def _handed_in(self, form: str, periods: Sequence[str]) -> list[tuple[int, str, int, str]]:
        """(institution, room, column, cells) of what was handed in or reopened and is not published."""
        rows = Return.objects.filter(
            form=form,
            period__in=periods,
            subject_kind=Return.Subject.INSTITUTION,
            state__in=(Return.State.SUBMITTED, Return.State.RETURNED, Return.State.APPROVED),
        ).exclude(draft="")
        number = {period: column for column, period in enumerate(periods)}
        listed = rows.values_list("subject", "instance", "period", "draft")
        return [(subject, room, number[period], draft) for subject, room, period, draft in listed]

    def _open(
        self, filler: "Filler", found: Sequence[tuple[int, str, int, str]], *, among_rooms: bool
    ) -> None:
        """It stands in place of what is published; a room's is added to those of the other rooms."""
        place = arrays.places(self._subjects, pa.array([row[0] for row in found]))
        at = np.array([row[2] for row in found], dtype=np.int64)
        cells = columns((row[3] for row in found), filler.codes)
        here = place >= 0
        put = filler.add if among_rooms else filler.lay
        put(
            (place[here], at[here]),
            (
                (cells.values[here, column], cells.origins[here, column] > 0)
                for column in range(len(filler.codes))
            ),
        )


def _cells(found: Mapping[str, pa.ChunkedArray], code: str, rows: Ints) -> Table:
    """An item of some rows: value (0 where not used) and whether it is stated."""
    origins = found.get(f"o{code}")
    if origins is None:  # the file is older than the item
        return np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=bool)
    column = found.get(f"c{code}")
    values = arrays.quantities(column, len(origins))[0][rows]
    return values, (arrays.small(origins) > 0)[rows]


class Filler:
    """Empty tables that facts and drafts are put into: items × subjects × periods."""

    def __init__(self, subjects: int, periods: int, codes: Sequence[str]) -> None:
        self.codes = tuple(codes)
        self.filed: Bools = np.zeros((subjects, periods), dtype=bool)
        self._values = np.zeros((len(codes), subjects, periods), dtype=np.int64)
        self._stated = np.zeros((len(codes), subjects, periods), dtype=np.int32)
        self._returns = np.zeros((subjects, periods), dtype=np.int32)

    def add(self, at: tuple[Ints, Ints], cells: Iterable[Table]) -> None:
        """Add the cells of returns at their places, an item after the other in the order of `codes`.

        Of several returns together an item is known if each states it.
        """
        flat = at[0] * self.filed.shape[1] + at[1]
        np.add.at(self._returns.reshape(-1), flat, 1)
        self.filed[at] = True
        for row, (values, known) in enumerate(cells):
            np.add.at(self._values[row].reshape(-1), flat, values)
            np.add.at(self._stated[row].reshape(-1), flat[known], 1)

    def add_all(self, at: tuple[Ints, Ints], values: Ints, known: Bools) -> None:
        """The same for arrays of items × returns: quick where the returns are few."""
        np.add.at(self._returns, at, 1)
        self.filed[at] = True
        everywhere: Any = (slice(None), *at)
        np.add.at(self._values, everywhere, values)
        np.add.at(self._stated, everywhere, known)

    def lay(self, at: tuple[Ints, Ints], cells: Iterable[Table]) -> None:
        """Put whole returns in the place of what stands there: a cell that one lacks was emptied."""
        self.filed[at] = True
        self._returns[at] = 1
        for row, (values, known) in enumerate(cells):
            self._values[row][at], self._stated[row][at] = values, known

    def items(self) -> dict[str, Table]:
        """The tables by item."""
        known = self.filed & (self._stated >= self._returns)
        return {code: (self._values[row], known[row]) for row, code in enumerate(self.codes)}


@lru_cache(maxsize=64)
def numbers_of(form: str, codes: Sequence[str], catalog: Catalog) -> tuple[str, ...]:
    """Numeric items of a form that are asked for, with those that standard coal of buildings is made of if it is."""
    known = {item.code for item in catalog.items(form) if item.value_kind == "number"}
    parts = [weight.code for weight in coal_weights(form, catalog)] if TCE in codes else []
    return tuple(code for code in dict.fromkeys((*codes, *parts)) if code in known)


@dataclass(frozen=True)
class CoalWeight:
    """A consumption item with kgce for one of its unit; of fuel of official vehicles negative."""

    code: str
    carrier: str
    kgce: float


@lru_cache(maxsize=16)
def coal_weights(form: str, catalog: Catalog) -> tuple[CoalWeight, ...]:
    """What standard coal of buildings is made of; fuel of official vehicles is taken off.

    Survey coefficients, calorific basis (GB/T 2589-2020 clause 5; domain of 单位建筑面积能耗).
    """
    kgce = catalog.factor_set(SURVEY_SET).values()
    found: list[CoalWeight] = []
    for item in catalog.items(form):
        sign = (
            1
            if item.role == "consumption"
            else -1
            if item.role in ("vehicle_petrol", "vehicle_diesel")
            else 0
        )
        if sign and item.carrier in kgce:
            weight = sign * kgce[item.carrier] * (item.to_carrier_unit or 1)
            found.append(CoalWeight(item.code, item.carrier, float(weight)))
    return tuple(found)


def building_coal(items: Mapping[str, Table], form: str, catalog: Catalog) -> Table:
    """Standard coal of buildings [kgce, ten-thousandths], known where electricity is; what is missing adds none.

    Not known where fuel is stated without saying how much of it was the official vehicles'.
    """
    shape = next(iter(items.values()))[1].shape
    known = np.zeros(shape, dtype=bool)
    total = np.zeros(shape)
    by_carrier: dict[str, list[str]] = {}
    for weight in coal_weights(form, catalog):
        by_carrier.setdefault(weight.carrier, []).append(weight.code)
        if weight.code in items:
            values, there = items[weight.code]
            total += np.where(there, values, 0) * weight.kgce
    for carrier, codes in by_carrier.items():
        if carrier == "electricity":
            known = items[codes[0]][1].copy() if codes[0] in items else known
    for codes in by_carrier.values():
        if len(codes) == 2 and all(code in items for code in codes):
            whole, part = (items[code] for code in codes)
            known &= ~(whole[1] & (whole[0] != 0) & ~part[1])
    return np.rint(total).astype(np.int64), known
