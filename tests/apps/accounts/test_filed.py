"""Returns added up as columns: the same as the query text says, and right where numbers or rows are unusual."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from jieyue.apps.accounts import collect
from jieyue.apps.accounts.filed import Block, Filed, columns_of
from jieyue.apps.accounts.leaves import place, rolled
from jieyue.apps.accounts.sums_query import build
from jieyue.domain.account_form import AccountForm, FlowItem
from jieyue.domain.period import Period
from jieyue.store import arrays
from jieyue.store.scan import Rows

FORM = AccountForm(
    "NY201",
    (FlowItem("110", "electricity", required=True), FlowItem("120", "water")),
    {"electricity": "111"},
    {"floor_area": "102"},
    ("102",),
)


def block(*rows: tuple[int, str, str, dict[str, str | None]]) -> Block:
    """Rows of (institution, period, kind, items as `c110` or `o110`)."""
    spans = [Period.parse(period).months() for _, period, _, _ in rows]
    names = columns_of(FORM)
    columns: dict[str, pa.Array] = {
        "institution": pa.array([row[0] for row in rows], pa.int64()),
        "period": pa.array([row[1] for row in rows]),
        "kind": pa.array([row[2] for row in rows]),
        "first_month": pa.array([months[0].start.month for months in spans], pa.int32()),
        "last_month": pa.array([months[-1].start.month for months in spans], pa.int32()),
    }
    for name in names:
        said = [row[3].get(name) for row in rows]
        if name.startswith("c"):
            values = [None if text is None else Decimal(text) for text in said]
            columns[name] = pa.array(values, pa.decimal128(18, 4))
        elif name.startswith("o"):
            known = [row[3].get(f"c{name[1:]}") is not None for row in rows]
            origins = [int(text) if text else 3 * there for text, there in zip(said, known, strict=True)]
            columns[name] = pa.array(origins, pa.int8())
    return Block(columns, len(rows), year=2025)


MEAN = replace(FORM, means=frozenset({"floor_area"}))


def added(*blocks: Block, doubled: tuple[tuple[int, str], ...] = (), form: AccountForm = FORM) -> Filed:
    filed = Filed(form, Period.parse("2025"), np.array([1, 2, 5], dtype=np.int64), doubled)
    for each in blocks:
        filed.take(each)
    return filed


def said(filed: Filed, name: str) -> list[int]:
    return [int(value) for value in filed.amount(name)]


def test_months_add_up_in_one_block_and_over_blocks() -> None:
    rows = [
        (1, "2025-01", "M", {"c110": "1.5"}),
        (1, "2025-02", "M", {"c110": "2"}),
        (5, "2025-01", "M", {"c110": "4"}),
    ]
    assert said(added(block(*rows)), "c110") == [35_000, 0, 40_000]
    assert said(added(*(block(row) for row in reversed(rows))), "c110") == [35_000, 0, 40_000]
    assert added(block(*rows)).chosen().column("m0").to_pylist() == [0b11, 0b1]


def test_the_whole_year_beats_the_months_and_these_the_quarters() -> None:
    year, month = (1, "2025", "Y", {"c110": "7"}), (1, "2025-03", "M", {"c110": "1"})
    quarters = [
        (2, "2025-Q1", "Q", {"c110": "3"}),
        (2, "2025-02", "M", {"c110": "9"}),
        (5, "2025-Q2", "Q", {"c110": "6"}),
    ]
    found = added(block(month, year, *quarters))
    assert said(found, "c110") == [70_000, 90_000, 60_000]
    assert found.chosen().column("part").to_pylist() == [0, 1, 2]
    assert found.chosen().column("m0").to_pylist() == [0xFFF, 0b10, 0b111000]


def test_strangers_other_years_and_returns_that_another_stands_for_are_left_out() -> None:
    rows = block(
        (3, "2025-01", "M", {"c110": "1"}),
        (1, "2025-01", "M", {"c110": "2"}),
        (2, "2025-01", "M", {"c110": "4"}),
        (2, "2025-02", "M", {"c110": "8"}),
    )
    assert said(added(rows, doubled=((2, "2025-01"),)), "c110") == [20_000, 80_000, 0]


def test_the_stock_is_the_last_returns_even_if_it_says_none() -> None:
    rows = [
        (1, "2025-02", "M", {"c102": "20"}),
        (1, "2025-01", "M", {"c102": "10"}),
        (2, "2025-03", "M", {"c102": "5"}),
    ]
    later = [(2, "2025-04", "M", {"c110": "1"})]
    stocks = added(block(*rows), block(*later)).last_stocks()
    assert stocks.column("floor_area").to_pylist() == [Decimal(20), None]


def means(filed: Filed) -> list[tuple[Decimal | None, int | None]]:
    """(sum, months) of the floor area by institution."""
    stocks = filed.last_stocks()
    return list(zip(stocks["floor_area"].to_pylist(), stocks["floor_area_months"].to_pylist(), strict=True))


def test_a_mean_keeps_sum_and_months_apart_in_any_order() -> None:
    rows = [
        (1, "2025-02", "M", {"c102": "20"}),
        (1, "2025-01", "M", {"c102": "10.0001"}),
        (1, "2025-03", "M", {"c110": "1"}),
        (2, "2025-03", "M", {"c110": "5"}),
        (5, "2025-Q1", "Q", {"c102": "4"}),
        (5, "2025-Q4", "Q", {"c102": "0"}),
    ]
    expected = [(Decimal("30.0001"), 2), (None, None), (Decimal(12), 6)]
    assert means(added(block(*rows), form=MEAN)) == expected
    assert means(added(*(block(row) for row in reversed(rows)), form=MEAN)) == expected


def test_the_whole_years_stock_stands_alone_and_of_two_of_one_period_the_larger() -> None:
    rows = [
        (1, "2025", "Y", {"c102": "7"}),
        (1, "2025-03", "M", {"c102": "1"}),
        (2, "2025-03", "M", {"c102": "4"}),
        (2, "2025-03", "M", {"c102": "6"}),
        (2, "2025-04", "M", {"c102": "2"}),
    ]
    for blocks in ([block(*rows)], [block(row) for row in rows], [block(row) for row in reversed(rows)]):
        assert means(added(*blocks, form=MEAN)) == [(Decimal(7), 1), (Decimal(8), 2)]


def test_means_of_the_largest_and_smallest_stocks_stay_exact() -> None:
    largest = "99999999999999.9999"
    rows = [(1, f"2025-{month:02d}", "M", {"c102": largest}) for month in range(1, 13)]
    rows += [(2, f"2025-{month:02d}", "M", {"c102": f"-{largest}"}) for month in range(1, 12)]
    rows += [(2, "2025-12", "M", {"c102": "0.0001"}), (5, "2025-01", "M", {"c102": "-0.0003"})]
    expected = [
        (12 * Decimal(largest), 12),
        (-11 * Decimal(largest) + Decimal("0.0001"), 12),
        (Decimal("-0.0003"), 1),
    ]
    assert means(added(block(*rows), form=MEAN)) == expected


def test_origins_and_unused_carriers_are_told_apart() -> None:
    rows = block(
        (1, "2025-01", "M", {"c110": "1", "o110": "1", "c111": "10"}),
        (1, "2025-02", "M", {"c110": "2", "o110": "2", "c111": "20"}),
        (1, "2025-03", "M", {"o110": "9", "c111": "40"}),
    )
    found = added(rows)
    assert (said(found, "o1_110")[0], said(found, "o2_110")[0]) == (10_000, 20_000)
    assert said(found, "c111")[0] == 700_000
    assert said(found, "unused_110_111")[0] == 400_000


def test_an_item_that_few_rows_state_adds_up_like_one_that_all_state() -> None:
    """Of seven rows two state electricity, of one institution that does not use it; in two chunks of columns."""
    silent = [(2, f"2025-{month:02d}", "M", {"c120": "1", "o110": "3"}) for month in range(1, 6)]
    rows = [
        *silent[:2],
        (5, "2025-01", "M", {"c110": "4", "c111": "3", "o110": "1"}),
        *silent[2:],
        (1, "2025-01", "M", {"c110": "2.5", "c111": "1", "o110": "9"}),
    ]
    whole = block(*rows)
    cut = Block(
        {name: pa.chunked_array([column[:4], column[4:]]) for name, column in whole.columns.items()},
        whole.rows,
        year=2025,
    )
    for blocks in ([whole], [cut], [block(row) for row in rows]):
        found = added(*blocks)
        assert said(found, "c110") == [25_000, 0, 40_000]
        assert said(found, "o1_110") == [0, 0, 40_000]
        assert "o2_110" not in found.names()
        assert said(found, "unused_110_110") == [25_000, 0, 0]
        assert said(found, "unused_110_111") == [10_000, 0, 0]
        assert said(found, "c120") == [0, 50_000, 0]
    assert {"o1_110", "o3_110"} < set(added(whole).names())  # typed, without an amount, occurs too


def test_sums_beyond_int64_stay_exact() -> None:
    largest = "99999999999999.9999"
    rows = [(1, f"2025-{month:02d}", "M", {"c110": largest}) for month in range(1, 13)]
    found = added(block(*rows))
    assert said(found, "c110")[0] == 12 * (10**18 - 1)  # above 2^63
    tree = place(np.array([7, 7, 8], dtype=np.int64), {7: 9, 8: 9, 9: None}, 9)
    values = np.array([10**19, 5, 6], dtype=object)
    assert dict(zip(tree.nodes, rolled(values, tree).tolist(), strict=True)) == {
        7: 10**19 + 5,
        8: 6,
        9: 10**19 + 11,
    }
    large = np.array([2**62, -(2**62), 3], dtype=np.int64)
    assert arrays.plus(large, large).tolist() == [2**63, -(2**63), 6]
    assert arrays.plus(values, large).tolist() == [10**19 + 2**62, 5 - 2**62, 9]


@pytest.mark.parametrize(
    "averaged", [(), ("floor_area", "diesel_vehicles"), ("floor_area", "persons", "vehicles")]
)
@pytest.mark.parametrize("period", ["2025", "2025-05", "2025-Q2", "2024-11..2025-10"])
def test_the_columns_say_what_the_query_says(city, period: str, averaged: tuple[str, ...]) -> None:
    """The steps `chosen` and `last_stocks` by the engine and by columns, over the small city with all its cases."""
    from jieyue.apps.accounts.queries import run_for
    from jieyue.apps.publication.lake import open_lake

    plan = run_for(period)
    form, lake = replace(plan.method.account.form, means=frozenset(averaged)), open_lake()
    query = build(form, plan.period, sequence=plan.key.sequence, day=plan.day)
    partitions = {"facts_NY201": {"year": sorted({m.year for m in plan.period.months()})}}
    compared = {}

    def by_columns(fetch):
        ids = np.sort(np.array(fetch("seen").column("institution").to_pylist(), dtype=np.int64))
        doubled = [(row["institution"], row["period"]) for row in fetch("doubled").to_pylist()]
        filed = Filed(form, plan.period, ids, doubled)
        for part in lake.scan("facts_NY201", columns_of(form), seq=plan.key.sequence, partitions=partitions):
            length = len(part.columns["institution"])
            filed.take(Block(part.columns, length, part.current, int(part.partition["year"])))
        for name, mine in (("chosen", filed.chosen()), ("last_stocks", filed.last_stocks())):
            theirs = fetch(name)
            rows = [
                sorted(table.select(theirs.column_names).to_pylist(), key=str) for table in (mine, theirs)
            ]
            compared[name] = rows

    lake.steps(
        "figures_sums", query.params, slots=query.slots, partitions=partitions, given={"graded": by_columns}
    )
    assert set(compared) == {"chosen", "last_stocks"}
    months = {name for row in compared["last_stocks"][0] for name in row if name.endswith("_months")}
    assert months == {f"{role}_months" for role in averaged}
    for mine, theirs in compared.values():
        assert len(mine) > 3
        assert mine == theirs


def file_of(
    *rows: tuple[int, str, str, dict[str, str | None]], lacks: str = "", gone: int | None = None
) -> Rows:
    """A file as a scan gives it: what all of its rows say of their period is not read but told."""
    made, (_, period, kind, _) = block(*rows), rows[0]
    month = Period.parse(period).months()[0].start.month
    same = {"period": period, "kind": kind, "first_month": month, "last_month": month}
    columns = {name: pa.chunked_array([column]) for name, column in made.columns.items()}
    columns = {name: column for name, column in columns.items() if name not in same and name != lacks}
    current = None if gone is None else np.array([row[0] != gone for row in rows])
    return Rows(columns, {"year": "2025"}, current, len(rows), same)


def test_small_files_added_together_say_what_they_say_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [
        file_of(
            (1, "2025-01", "M", {"c110": "10", "c102": "100"}), (2, "2025-01", "M", {"c110": "1"}), gone=2
        ),
        file_of((2, "2025-02", "M", {"c110": "7", "c120": "5"}), lacks="c111"),  # older than the column
        file_of((1, "2025-02", "M", {"c110": "20", "c111": "3", "c102": "110"})),
        file_of((5, "2025-03", "M", {"c110": "400"})),
    ]

    def made(*, small: int, full: int) -> tuple[int, Filed]:
        monkeypatch.setattr(collect, "_SMALL", small)
        monkeypatch.setattr(collect, "_FULL", full)
        found = list(collect._blocks(iter(files)))
        return len(found), added(*found)

    for (small, full), blocks in {(0, 9): 4, (2_000, 9): 1, (1, 9): 2, (2_000, 2): 2}.items():
        count, filed = made(small=small, full=full)
        assert count == blocks
        assert said(filed, "c110") == [300_000, 70_000, 4_000_000]
        assert said(filed, "c120") == [0, 50_000, 0]
        assert said(filed, "c111") == [30_000, 0, 0]
        assert said(filed, "o3_110") == [300_000, 70_000, 4_000_000]
        assert filed.months_filed(0).tolist() == [0b11, 0b10, 0b100]
        total, _, known = filed.stock("floor_area")
        assert (total.tolist(), known.tolist()) == ([1_100_000, 0, 0], [True, False, False])
