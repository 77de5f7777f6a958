"""The floors of `city` and `nation`: the same totals by hand, once in DuckDB's SQL, once in polars.

Both are told what the product has to find out (which files hold corrections, that nobody files for another, which
origins occur) and both do its work on the rows: only rows that no later one replaces, only institutions whose
twelve months are all there and whose items are known, stocks of the last return, the node of the last day.
No receipts, no figures: totals by scope. A nation is added up a span of institutions at a time, so that what is kept
of each institution fits into memory: in one go DuckDB wrote ten gigabytes aside and polars took twelve.
"""

import tempfile
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any

from bench import totals
from bench.totals import CARRIERS, COSTS

ITEMS = [*CARRIERS, "120", *COSTS.values(), "1501", "1601"]
STOCKS = ["102", "103", "104", "1041", "1042"]
TREES = ("area", "department", "type", "line")
ORIGINS = tuple(totals.ORIGINS)
SPAN = 200_000  # institutions that are added up at a time

Span = tuple[int, int]
"""The first and the last institution of a part."""


@cache
def files(lake: Path, table: str) -> list[str]:
    """The table's files now: those that were merged into others still lie beside them."""
    from deltalake import DeltaTable

    return sorted(DeltaTable(str(lake / table)).file_uris())


def corrections(lake: Path) -> list[str]:
    """Files with rows that replace others, by what their footers say."""
    import pyarrow.parquet as pq

    found = []
    for path in files(lake, "facts_NY201"):
        footer = pq.read_metadata(path)
        place = footer.schema.names.index("replaces")
        groups = (footer.row_group(group).column(place).statistics for group in range(footer.num_row_groups))
        if sum(group.null_count for group in groups) < footer.num_rows:
            found.append(path)
    return found


def spans(lake: Path) -> list[Span]:
    """The institutions in parts of at most SPAN, by what the footers of the registry say."""
    import pyarrow.parquet as pq

    found = []
    for path in files(lake, "dim_institution"):
        footer = pq.read_metadata(path)
        place = footer.schema.names.index("institution")
        said = [footer.row_group(group).column(place).statistics for group in range(footer.num_row_groups)]
        found += [(each.min, each.max) for each in said]
    first, last = min(low for low, _ in found), max(high for _, high in found)
    return [(start, min(start + SPAN - 1, last)) for start in range(first, last + 1, SPAN)]


def by_duckdb(home: str, lake: str, sequence: int, year: int) -> Generator[None, None, Any]:
    """One statement a span: rows to institutions, institutions to nodes."""
    import duckdb

    texts = [statement(Path(lake), sequence, year, span) for span in spans(Path(lake))]
    yield
    with tempfile.TemporaryDirectory(dir=Path(lake).parent) as aside:
        settings: dict[str, Any] = {
            "memory_limit": "2GB", "preserve_insertion_order": False, "temp_directory": aside,
        }  # fmt: skip
        with duckdb.connect(":memory:", config=settings) as connection:
            found = [connection.sql(text).to_arrow_table() for text in texts]
    yield
    rows = []
    for row in (row for part in found for row in part.to_pylist()):
        amounts = {name: _fixed(value) for name, value in row.items() if name not in (*TREES, "code")}
        tree = next(tree for tree in TREES if row[tree] == 0)
        rows.append({**amounts, "scope": "city" if row["code"] is None else f"{tree}:{row['code']}"})
    return totals.of_totals(_whole(rows), 365)


def _fixed(value: Any) -> int:
    """Decimals in ten-thousandths; counts as they are."""
    if value is None or isinstance(value, int):
        return value or 0
    return int(value.scaleb(4)) if value.as_tuple().exponent else int(value)


def _whole(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A node is the sum of its spans; the city that of one tree's nodes."""
    names = [name for name in rows[0] if name != "scope"]
    nodes: dict[str, dict[str, Any]] = {}
    for row in rows:
        node = nodes.setdefault(row["scope"], dict.fromkeys(names, 0))
        for name in names:
            node[name] += row[name]
    lines = [row for scope, row in nodes.items() if scope.startswith("line:")]
    city = {name: sum(row[name] for row in lines) for name in names}
    return [{**row, "scope": scope} for scope, row in (*nodes.items(), ("city", city))]


def statement(lake: Path, sequence: int, year: int, span: Span) -> str:
    """The hand-written query."""
    within = f"institution BETWEEN {span[0]} AND {span[1]}"
    every = ", ".join(f"'{path}'" for path in files(lake, "facts_NY201"))
    fixes = ", ".join(f"'{path}'" for path in corrections(lake))
    bit = {code: 1 << place for place, code in enumerate(ITEMS)}
    masks = " + ".join(f"CAST(o{code} > 0 AS INTEGER) * {bit[code]}" for code in ITEMS)
    energy = sum(bit[code] for code in CARRIERS)

    def known(*codes: str) -> str:
        mask = sum(bit[code] for code in codes)
        return f"known & {mask} = {mask}"

    sums = ", ".join(f"SUM(c{code}) AS c{code}" for code in ITEMS)
    stocks = ", ".join(f"max_by(c{code}, last_month) AS c{code}" for code in STOCKS)
    origins = ", ".join(
        f"SUM(c{code}) FILTER (o{code} = {number}) AS o{number}_{code}"
        for code in CARRIERS
        for number in ORIGINS
    )
    unused = ", ".join(
        f"SUM(c{code}) FILTER (o{code} <> 9) AS q{code}, SUM(c{cost}) FILTER (o{code} <> 9) AS m{code}"
        for code, cost in COSTS.items()
    )
    end = f"DATE '{year}-12-31'"
    dated = f"valid_from <= {end} AND valid_to > {end}"
    trees = ", ".join(f"MAX(node) FILTER (tree = '{tree}') AS {tree}" for tree in TREES)
    amounts = [
        *(f"SUM(c{code}) FILTER (e) AS e_{code}" for code in CARRIERS),
        *(f"SUM(c{code}) FILTER (e AND c102 IS NOT NULL) AS a_{code}" for code in CARRIERS),
        *(f"SUM(c{code}) FILTER (e AND c103 IS NOT NULL) AS p_{code}" for code in CARRIERS),
        *(f"SUM(o{number}_{code}) FILTER (e) AS o{number}_{code}" for code in CARRIERS for number in ORIGINS),
        *(f"SUM(c{cost}) FILTER (whole AND {known(cost)}) AS t_{cost}" for cost in COSTS.values()),
        *(f"SUM(q{code}) FILTER (whole AND {known(code, cost)}) AS q_{code}" for code, cost in COSTS.items()),
        *(f"SUM(m{code}) FILTER (whole AND {known(code, cost)}) AS m_{code}" for code, cost in COSTS.items()),
    ]
    fuel = f"whole AND {known('1501', '1601')} AND c1041 IS NOT NULL AND c1042 IS NOT NULL"
    return f"""
WITH current_rows AS (
  SELECT * FROM read_parquet([{every}]) t
  WHERE {within} AND seq <= {sequence} AND NOT EXISTS (
    SELECT 1 FROM read_parquet([{fixes}]) r WHERE r.replaces = t.version AND r.seq <= {sequence})
), filed AS (
  SELECT institution, COUNT(*) AS months, bit_and({masks}) AS known, bit_or({masks}) AS some,
    {sums}, {stocks}, {origins}, {unused}
  FROM current_rows WHERE kind = 'M' GROUP BY institution
), places AS (
  SELECT institution, {trees} FROM read_parquet([{", ".join(repr(path) for path in files(lake, "dim_membership"))}])
  WHERE {within} AND {dated} GROUP BY institution
), being AS (
  SELECT institution, floor_area, persons, vehicles,
    date_diff('month', GREATEST(valid_from, DATE '{year}-01-01'), LEAST(valid_to, DATE '{year + 1}-01-01')) AS owed,
    date_diff('day', GREATEST(valid_from, DATE '{year}-01-01'), LEAST(valid_to, DATE '{year + 1}-01-01')) AS days
  FROM read_parquet([{", ".join(repr(path) for path in files(lake, "dim_institution"))}]) WHERE {within} AND in_count
    AND {dated}
), institutions AS (
  SELECT p.*, b.owed, b.days, f.* EXCLUDE (institution, c102, c103, c104),
    COALESCE(f.c102, b.floor_area) AS c102, COALESCE(f.c103, b.persons) AS c103, COALESCE(f.c104, b.vehicles) AS c104,
    f.months >= b.owed AS whole,
    f.months >= b.owed AND {known("110")} AND f.some & {energy} = f.known & {energy} AS e,
    f.months >= b.owed AND {known("120")} AS w
  FROM being b JOIN places p USING (institution) LEFT JOIN filed f USING (institution)
), nodes AS (
  SELECT node, code FROM read_parquet([{", ".join(repr(path) for path in files(lake, "dim_node"))}]) WHERE {dated}
), summed AS (
  SELECT COALESCE(area, department, type, line) AS node,
    {", ".join(f"GROUPING({tree}) AS {tree}" for tree in TREES)},
    COUNT(*) AS institutions, SUM(owed) AS expected, SUM(LEAST(months, owed)) AS present,
    COUNT(*) FILTER (e) AS n_e, COUNT(*) FILTER (w) AS n_w,
    SUM(c102) AS floor_area, SUM(c103) AS persons, SUM(c104) AS vehicles,
    SUM(c102 * days) FILTER (e) AS area_days, SUM(c103 * days) FILTER (e) AS person_days,
    SUM(c103 * days) FILTER (w) AS water_person_days,
    SUM(c120) FILTER (w) AS w_120, SUM(c120) FILTER (w AND c103 IS NOT NULL) AS x_120,
    SUM(c1501) FILTER ({fuel}) AS f_1501, SUM(c1601) FILTER ({fuel}) AS f_1601,
    SUM(c1041) FILTER ({fuel}) AS f_1041, SUM(c1042) FILTER ({fuel}) AS f_1042,
    {", ".join(amounts)}
  FROM institutions GROUP BY GROUPING SETS ((area), (department), (type), (line))
)
SELECT s.* EXCLUDE (node), n.code FROM summed s JOIN nodes n USING (node)
"""


def by_polars(home: str, lake: str, sequence: int, year: int) -> Generator[None, None, Any]:
    """The same in polars: lazy, its streaming engine for the rows."""
    import polars as pl

    place = Path(lake)
    fixes, parts = corrections(place), spans(place)
    for table in ("dim_membership", "dim_institution", "dim_node"):
        files(place, table)
    yield
    rows = pl.concat(polars_totals(place, fixes, sequence, year, span) for span in parts)
    yield
    found = [
        {name: _fixed(value) if name != "scope" else value for name, value in row.items()}
        for row in rows.to_dicts()
    ]
    return totals.of_totals(_whole(found), 365)


def polars_totals(lake: Path, fixes: list[str], sequence: int, year: int, span: Span) -> Any:
    """The hand-written script."""
    from datetime import date

    import polars as pl

    def read(table: str) -> Any:
        rows = pl.scan_parquet(files(lake, table), hive_partitioning=False)
        return rows if table == "dim_node" else rows.filter(pl.col("institution").is_between(*span))

    bit = {code: 1 << place for place, code in enumerate(ITEMS)}
    energy = sum(bit[code] for code in CARRIERS)
    mask = pl.sum_horizontal((pl.col(f"o{code}") > 0).cast(pl.Int32) * bit[code] for code in ITEMS)
    replaced = (
        pl.scan_parquet(fixes, hive_partitioning=False)
        .filter(pl.col("replaces").is_not_null() & (pl.col("seq") <= sequence))
        .select(version="replaces")
    )
    filed = (
        read("facts_NY201")
        .filter((pl.col("seq") <= sequence) & (pl.col("kind") == "M"))
        .join(replaced, on="version", how="anti")
        .with_columns(mask=mask)
        .group_by("institution")
        .agg(
            months=pl.len(),
            known=pl.col("mask").bitwise_and(),
            some=pl.col("mask").bitwise_or(),
            **{f"c{code}": pl.col(f"c{code}").sum() for code in ITEMS},
            **{f"c{code}": pl.col(f"c{code}").sort_by("last_month").last() for code in STOCKS},
            **{
                f"o{number}_{code}": pl.col(f"c{code}").filter(pl.col(f"o{code}") == number).sum()
                for code in CARRIERS
                for number in ORIGINS
            },
            **{f"q{code}": pl.col(f"c{code}").filter(pl.col(f"o{code}") != 9).sum() for code in COSTS},
            **{
                f"m{code}": pl.col(f"c{cost}").filter(pl.col(f"o{code}") != 9).sum()
                for code, cost in COSTS.items()
            },
        )
    )
    end, first, after = date(year, 12, 31), date(year, 1, 1), date(year + 1, 1, 1)
    dated = (pl.col("valid_from") <= end) & (pl.col("valid_to") > end)
    members = read("dim_membership").filter(dated).select("institution", "tree", "node").collect()
    being = read("dim_institution").filter(dated & pl.col("in_count")).select(
        "institution", "floor_area", "persons", "vehicles",
        born=pl.max_horizontal("valid_from", pl.lit(first)), ended=pl.min_horizontal("valid_to", pl.lit(after)),
    )  # fmt: skip
    for tree in TREES:
        there = (
            members.lazy().filter(pl.col("tree") == tree).select("institution", pl.col("node").alias(tree))
        )
        being = being.join(there, on="institution", how="left")

    def known(*codes: str) -> Any:
        wanted = sum(bit[code] for code in codes)
        return pl.col("known") & wanted == wanted

    whole = pl.col("months") >= pl.col("owed")
    institutions = (
        being.join(filed, on="institution", how="left")
        .with_columns(
            owed=(pl.col("ended").dt.year() - pl.col("born").dt.year()) * 12
            + pl.col("ended").dt.month()
            - pl.col("born").dt.month(),
            days=(pl.col("ended") - pl.col("born")).dt.total_days(),
            c102=pl.coalesce("c102", "floor_area"),
            c103=pl.coalesce("c103", "persons"),
            c104=pl.coalesce("c104", "vehicles"),
        )
        .with_columns(
            whole=whole,
            e=whole & known("110") & ((pl.col("some") & energy) == (pl.col("known") & energy)),
            w=whole & known("120"),
            f=whole & known("1501", "1601") & pl.col("c1041").is_not_null() & pl.col("c1042").is_not_null(),
        )
        .collect(engine="streaming")
    )
    area, persons = pl.col("c102").is_not_null(), pl.col("c103").is_not_null()
    e, w, f, done = pl.col("e"), pl.col("w"), pl.col("f"), pl.col("whole")

    def add(name: str, where: Any) -> Any:
        return pl.col(name).filter(where).sum()

    def days(name: str, where: Any) -> Any:
        return (pl.col(name).to_physical().cast(pl.Int64) * pl.col("days")).filter(where).sum()

    wanted = {
        "institutions": pl.len(), "expected": pl.col("owed").sum(),
        "present": pl.min_horizontal("months", "owed").sum(), "n_e": e.sum(), "n_w": w.sum(),
        "floor_area": pl.col("c102").sum(), "persons": pl.col("c103").sum(), "vehicles": pl.col("c104").sum(),
        "area_days": days("c102", e), "person_days": days("c103", e), "water_person_days": days("c103", w),
        "w_120": add("c120", w), "x_120": add("c120", w & persons),
        **{f"f_{code}": add(f"c{code}", f) for code in ("1501", "1601", "1041", "1042")},
        **{f"e_{code}": add(f"c{code}", e) for code in CARRIERS},
        **{f"a_{code}": add(f"c{code}", e & area) for code in CARRIERS},
        **{f"p_{code}": add(f"c{code}", e & persons) for code in CARRIERS},
        **{f"o{number}_{code}": add(f"o{number}_{code}", e) for code in CARRIERS for number in ORIGINS},
        **{f"t_{cost}": add(f"c{cost}", done & known(cost)) for cost in COSTS.values()},
        **{f"q_{code}": add(f"q{code}", done & known(code, cost)) for code, cost in COSTS.items()},
        **{f"m_{code}": add(f"m{code}", done & known(code, cost)) for code, cost in COSTS.items()},
    }  # fmt: skip
    nodes = read("dim_node").filter(dated).select("node", "tree", "code").collect()
    parts = []
    for tree in TREES:
        by_node = institutions.lazy().group_by(tree).agg(**wanted).collect()
        named = by_node.join(nodes.filter(pl.col("tree") == tree), left_on=tree, right_on="node")
        parts.append(
            named.with_columns(scope=pl.col("tree") + ":" + pl.col("code")).drop(tree, "tree", "code")
        )
    return pl.concat(parts)
