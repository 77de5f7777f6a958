"""Institutions graded as columns: the same as the query text says of every institution, on registries of all kinds."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from jieyue.apps.accounts import collect
from jieyue.apps.accounts.collect import _rolled
from jieyue.apps.accounts.filed import SAME_IN_MOST, Block, Filed, columns_of
from jieyue.apps.accounts.graded import Registry, Seen, rated
from jieyue.apps.accounts.leaves import Leaves
from jieyue.apps.accounts.nodes import RunNode, RunTrees
from jieyue.apps.accounts.sums_query import build
from jieyue.domain.account_form import AccountForm, FlowItem
from jieyue.domain.period import Period
from jieyue.store import DeltaLake
from jieyue.store.port import Lake
from jieyue.store.schema import DIMENSIONS, FACTS_PARTITION, facts_schema

FORM = AccountForm(
    "NY201",
    (
        FlowItem("110", "electricity", required=True),
        FlowItem("140", "natural_gas"),
        FlowItem("150", "petrol"),
        FlowItem("160", "diesel"),
        FlowItem("120", "water"),
    ),
    {"electricity": "111"},
    {
        "floor_area": "102", "persons": "103", "petrol_vehicles": "1041", "diesel_vehicles": "1042",
        "vehicle_petrol": "150", "vehicle_diesel": "160",
    },
    ("102", "103", "1041", "1042"),
)  # fmt: skip
CODES = (*FORM.flow_codes, *FORM.stocks)
LAST = 4
"""Publications of the invented lakes: 1 and 2 put rows in, 3 and 4 replace some."""


def rows(table: pa.Table, names: Sequence[str]) -> list[dict[str, object]]:
    """The rows in order; what is not known of a node or a mask is nothing in both."""
    found = table.select(list(names)).to_pylist()
    for row in found:
        row.update({name: row[name] or 0 for name in ("area", "department", "type", "line", "known_all")})
    return sorted(found, key=lambda row: row["institution"])


def graded(
    lake: Lake,
    form: AccountForm,
    period: Period,
    *,
    sequence: int,
    day: date,
    outside: Sequence[int] = (),
    everybody: bool = False,
    institutions: Sequence[int] | None = None,
) -> tuple[pa.Table, Filed]:
    """`rated` by columns, and the returns behind it."""
    with Registry(lake, sequence, institutions) as registry:
        seen = Seen(*registry.both(), period, day)
    filed = Filed(form, period, seen.institutions, (), elsewhere=seen.elsewhere())
    with lake.scan("facts_NY201", columns_of(form), seq=sequence, same=SAME_IN_MOST) as parts:
        for part in parts:
            filed.take(Block(part.columns, part.count, part.current, int(part.partition["year"]), part.same))
    return rated(seen, filed, form, outside=outside, everybody=everybody), filed


def both(
    lake: Lake,
    form: AccountForm,
    period: Period,
    *,
    sequence: int,
    day: date,
    outside: Sequence[int] = (),
    everybody: bool = False,
    institutions: Sequence[int] | None = None,
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """`rated` by columns and by the engine alone."""
    mine = graded(
        lake,
        form,
        period,
        sequence=sequence,
        day=day,
        outside=outside,
        everybody=everybody,
        institutions=institutions,
    )[0]
    query = build(
        form, period, sequence=sequence, day=day, outside=outside, count_outside=everybody, institutions=institutions,
    )  # fmt: skip
    theirs = lake.steps("figures_sums", query.params, slots=query.slots)["rated"]
    assert set(mine.column_names) == set(theirs.column_names)
    return rows(mine, theirs.column_names), rows(theirs, theirs.column_names)


MEANS = [frozenset[str](), frozenset({"floor_area", "persons"})]


@pytest.mark.parametrize("averaged", MEANS)
@pytest.mark.parametrize("period", ["2025", "2025-05", "2025-Q2", "2024-11..2025-10", "2020-01..2025-12"])
def test_the_columns_grade_the_small_city_as_the_query_does(
    city, period: str, averaged: frozenset[str]
) -> None:
    from jieyue.apps.accounts.collect import trees_of
    from jieyue.apps.accounts.queries import run_for
    from jieyue.apps.publication.lake import open_lake

    plan = run_for(period)
    form, lake, sequence = replace(plan.method.account.form, means=averaged), open_lake(), plan.key.sequence
    outside = trees_of(lake, sequence, plan.day).outside()
    mine, theirs = both(lake, form, plan.period, sequence=sequence, day=plan.day, outside=outside)
    assert len(theirs) > 3
    assert mine == theirs


@pytest.mark.parametrize("seed", range(4))
def test_the_columns_grade_invented_registries_as_the_query_does(tmp_path: Path, seed: int) -> None:
    """Institutions that begin, end and pause, move, stand in others' units and leave them, file as they like."""
    lake = invented(tmp_path, random.Random(seed))
    asked = [
        ("2025", date(2025, 12, 31), LAST, False, MEANS[1]),
        ("2025", date(2025, 3, 1), 1, True, MEANS[0]),
        ("2025-Q3", date(2026, 2, 1), 2, False, MEANS[0]),
        ("2024-11..2025-10", date(2025, 10, 31), 3, False, MEANS[1]),
        ("2019-01..2025-12", date(2025, 12, 31), LAST, False, MEANS[0]),
    ]
    for period, day, sequence, everybody, averaged in asked:
        form = replace(FORM, means=averaged)
        mine, theirs = both(
            lake, form, Period.parse(period), sequence=sequence, day=day, outside=[902], everybody=everybody
        )
        assert mine == theirs, period
        assert len(theirs) > 20
    few = [3, 17, 40]
    mine, theirs = both(
        lake,
        FORM,
        Period.parse("2025"),
        sequence=LAST,
        day=date(2025, 12, 31),
        everybody=True,
        institutions=few,
    )
    assert mine == theirs
    assert {row["institution"] for row in theirs} <= set(few)


@pytest.mark.parametrize("everywhere", [False, True])
def test_who_states_no_area_is_left_out_of_what_is_divided_by_area(
    tmp_path: Path, everywhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, end = invented(tmp_path, random.Random(2)), date(2025, 12, 31)
    table, filed = graded(lake, FORM, Period.parse("2025"), sequence=LAST, day=end, everybody=True)
    if everywhere:
        table = table.filter(pa.array([row["floor_area"] is not None for row in table.to_pylist()]))
    columns = dict(Leaves(table, filed, FORM).columns())
    amounts = dict(zip(filed.institutions.tolist(), filed.amount("c110").tolist(), strict=True))
    expected: dict[str, list[int]] = {"e": [], "a": [], "p": []}
    for row in table.to_pylist():
        amount = amounts[row["institution"]] * row["e_ok"]
        expected["e"].append(amount)
        expected["a"].append(amount if row["floor_area"] is not None else 0)
        expected["p"].append(amount if row["persons"] is not None else 0)
    assert {group: columns[f"{group}_110"].tolist() for group in expected} == expected
    assert (expected["a"] == expected["e"]) is everywhere
    assert expected["p"] != expected["e"]
    trees = RunTrees({9: RunNode(9, "area", "city", "", "", "", None, outside=False, in_being=True)})
    rolled = _rolled(table, filed, FORM, trees)
    assert {group: rolled.columns[f"{group}_110"][rolled.scopes["city"]] for group in expected} == {
        group: sum(values) for group, values in expected.items()
    }
    monkeypatch.setattr(collect, "_SPAN", 7)  # a nation is rolled up a part at a time
    parts = _rolled(table, filed, FORM, trees)
    for mine, theirs in ((parts.columns, rolled.columns), (parts.types, rolled.types)):
        assert {name: column.tolist() for name, column in mine.items()} == {
            name: column.tolist() for name, column in theirs.items()
        }
    assert (parts.scopes, parts.unplaced) == (rolled.scopes, rolled.unplaced)


def invented(folder: Path, dice: random.Random) -> DeltaLake:
    """A lake of sixty institutions whose registry and returns are thrown by dice."""
    lake = DeltaLake(folder)
    for name, schema in DIMENSIONS.items():
        lake.create_table(name, schema())
    lake.create_table("facts_NY201", facts_schema("NY201", CODES), FACTS_PARTITION)
    for sequence in range(1, LAST + 1):
        number = Numbers(dice, sequence)
        lake.append(
            "dim_institution", table("dim_institution", number.institutions()), txn=("publish", sequence)
        )
        lake.append(
            "dim_membership", table("dim_membership", number.memberships()), txn=("publish", sequence)
        )
        facts = pa.Table.from_pylist(number.returns(), schema=facts_schema("NY201", CODES))
        lake.append("facts_NY201", facts, txn=("publish", sequence))
    return lake


def table(name: str, found: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(found, schema=DIMENSIONS[name]())


class Numbers:
    """The rows of one publication; the third and fourth replace what the first two said."""

    def __init__(self, dice: random.Random, sequence: int) -> None:
        self.dice, self.sequence = dice, sequence
        self.people = range(1, 61) if sequence < 3 else sorted(dice.sample(range(1, 61), 12))

    def row(self, place: int, last: int) -> dict[str, object]:
        old = (self.sequence - 2) * 100_000 + place if self.sequence > 2 and place <= last else None
        return {"row_id": self.sequence * 100_000 + place, "seq": self.sequence, "replaces": old}

    def days(self) -> tuple[date, date]:
        first = date(2024, 1, 1) + timedelta(self.dice.choice([0, 0, 31, 366, 400, 547, 640]))
        ends = [date(9999, 12, 31), first + timedelta(self.dice.randrange(1, 500)), date(2026, 1, 1)]
        return first, max(self.dice.choice(ends), first + timedelta(1))

    def quantity(self) -> Decimal | None:
        return self.dice.choice([None, Decimal(self.dice.randrange(10**6)).scaleb(-4)])

    def institutions(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for who in self.people:
            first, end = self.days()
            spans = [(first, end)]
            if (
                self.dice.random() < 0.4 and (end - first).days > 40
            ):  # a second version, at times after a pause
                middle = first + timedelta(self.dice.randrange(1, 30))
                spans = [(first, middle), (middle + timedelta(self.dice.choice([0, 0, 9])), end)]
            for start, stop in spans:
                found.append(
                    self.row(len(found), 40) | {
                        "gone": self.dice.random() < 0.05, "institution": who, "code": f"I{who}", "name": "n",
                        "level": None, "in_count": self.dice.random() < 0.9, "floor_area": self.quantity(),
                        "persons": self.quantity(), "vehicles": self.quantity(), "valid_from": start, "valid_to": stop,
                    }
                )  # fmt: skip
        return found

    def memberships(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for who in self.people:
            for place, tree in enumerate(("area", "department", "type", "line", "unit", "unit")):
                if self.dice.random() < (0.9 if tree != "unit" else 0.2):
                    node = (
                        self.dice.choice([who, who + 1, 7]) if tree == "unit" else 900 + place * 10 + who % 3
                    )
                    first, end = self.days()
                    found.append(
                        self.row(len(found), 60) | {
                            "gone": False, "institution": who, "tree": tree,
                            "node": 902 if tree == "line" and who % 7 == 0 else node,
                            "valid_from": first, "valid_to": end,
                        }
                    )  # fmt: skip
        return found

    def returns(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for who in self.people:
            kind = self.dice.choice(["Y", "M", "M", "Q", "MQ", ""])
            skipped = self.dice.choice([0, 0, 0, 5])
            spans = [("Y", "2025", 1, 12)] * ("Y" in kind)
            spans += [("M", f"2025-{m:02d}", m, m) for m in range(1, 13) if m != skipped] * ("M" in kind)
            spans += [("Q", f"2025-Q{q}", 3 * q - 2, 3 * q) for q in range(1, 5)] * ("Q" in kind)
            habits = {code: self.dice.choice([3, 3, 3, 9, 0, None]) for code in CODES}
            found += [self.filing(len(found), who, span, habits) for span in spans]
        return found

    def filing(
        self, place: int, who: int, span: tuple[str, str, int, int], habits: dict[str, int | None]
    ) -> dict[str, object]:
        kind, period, first, last = span
        row = self.row(place, 80)
        cells: dict[str, object] = {}
        for code, habit in habits.items():
            origin = self.dice.choice([0, 1, 9]) if habit is None else habit
            value = Decimal(self.dice.randrange(10**8)).scaleb(-4)
            cells |= {f"o{code}": origin, f"c{code}": value if origin not in (0, 9) else None}
        return cells | {
            "version": row["row_id"], "seq": self.sequence, "replaces": row["replaces"], "institution": who,
            "node": None, "instance": "", "scheme": "2020", "period": period, "kind": kind, "year": 2025,
            "first_month": first, "last_month": last, "method": "import",
        }  # fmt: skip
