"""Printed totals: the plan's 2020 aggregate at the city, and what three districts once printed for 2024."""

from __future__ import annotations

from datetime import date

import polars as pl

from jieyue.sample.model import ReturnsFrame

# Districts whose 2024 totals were printed in 万; the last of them printed before late returns came in.
DISTRICTS = ("500106", "500111", "500116")
PRINTED = ("102", "103", "110", "120")
PRINT_STEP = 10_000 * 10_000 // 100  # 0.01 万 in ten-thousandths
LATE_SHARE = 130  # what was still missing, in ten-thousandths
PLAN_NOTE = ("规划第一部分所载的汇总", "the aggregate in section 1 of the plan")
PRINTED_NOTE = ("印刷值，取至 0.01 万", "as printed, to 0.01 万")
LATE_NOTE = ("早于迟报到齐时所印", "printed before late returns were in")
_SCHEMA = {
    "tree": pl.String,
    "node": pl.String,
    "form": pl.String,
    "period": pl.String,
    "item": pl.String,
    "value": pl.Int64,
    "note_zh": pl.String,
    "note_en": pl.String,
}


def declared_frame(plan_2020: dict[str, int], year: ReturnsFrame, memberships: pl.DataFrame) -> pl.DataFrame:
    """Declared totals by node and item, in ten-thousandths; ``year`` is NY201 of 2024."""
    rows = [("line", "city", "NY201", "2020", item, value, *PLAN_NOTE) for item, value in plan_2020.items()]
    day = date(int(year.period), 12, 31)
    standing = memberships.filter(
        (pl.col("tree") == "area") & (pl.col("valid_from") <= day) & (pl.col("valid_to") > day)
    )
    columns = {item: year.column(item) for item in PRINTED}
    sums = (
        pl.DataFrame({"code": year.institutions, **columns})
        .join(standing.select("code", "target"), on="code")
        .group_by("target")
        .agg(pl.col(PRINTED).sum())
    )
    by_district = {row["target"]: row for row in sums.iter_rows(named=True)}
    for district in DISTRICTS:
        late = district == DISTRICTS[-1]
        notes = LATE_NOTE if late else PRINTED_NOTE
        for item in PRINTED:
            whole = int(by_district.get(district, {}).get(item, 0))
            shown = whole - whole * LATE_SHARE // 10_000 if late else whole
            printed = (shown + PRINT_STEP // 2) // PRINT_STEP * PRINT_STEP
            rows.append(("area", district, "NY201", year.period, item, printed, *notes))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")
