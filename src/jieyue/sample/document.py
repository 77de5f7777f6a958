"""The generated tables of docs/reference/sample-city.md: run ``python -m jieyue.sample.document PAGE``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

import polars as pl

from jieyue.domain.rounding import plain_decimal
from jieyue.sample.city import build
from jieyue.sample.model import SampleCity

YEARS = (2015, 2020, 2021, 2022, 2023, 2024, 2025)
TOTALS = {
    "102": "建筑面积 m²",
    "103": "用能人数 人",
    "104": "车辆 辆",
    "110": "电 kWh",
    "120": "水 m³",
    "130": "煤炭 t",
    "140": "天然气 m³",
    "105": "液化石油气 kg",
    "150": "汽油 L",
    "160": "柴油 L",
    "180": "其他能源 tce",
}
MONEY = {
    "111": "电费",
    "121": "水费",
    "131": "煤炭",
    "141": "天然气",
    "1051": "液化石油气",
    "151": "汽油",
    "161": "柴油",
    "181": "其他",
}


def shown(value: int) -> str:
    """Ten-thousandths as a plain decimal without trailing zeros.

    >>> shown(15000), shown(30000)
    ('1.5', '3')
    """
    text = str(plain_decimal(value, 4))
    return text.rstrip("0").rstrip(".") if "." in text else text


def blocks(city: SampleCity) -> dict[str, str]:
    """Every generated table of the page by name, as Markdown."""
    return {
        "counts": _counts(city),
        "totals": _by_year(city, TOTALS),
        "money": _by_year(city, MONEY),
        "weighted": _weighted(city),
        "planted": _planted(city),
        "october": _october(city),
        "declared": _declared(city),
        "cases": _cases(city),
    }


def fill(page: str, tables: dict[str, str]) -> str:
    """The page with every ``<!-- name -->…<!-- /name -->`` block replaced; KeyError if one has no place."""
    for name, table in tables.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if start not in page or end not in page:
            raise KeyError(f"no block {name}")
        before, _, rest = page.partition(start)
        page = before + start + table + end + rest.partition(end)[2]
    return page


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def _counts(city: SampleCity) -> str:
    kinds = list(city.counts[2020])
    rows = [[str(year), *(str(city.counts[year][kind]) for kind in kinds)] for year in YEARS]
    return _table(["年末 year end", *("合计 all" if kind == "all" else kind for kind in kinds)], rows)


def _by_year(city: SampleCity, items: dict[str, str]) -> str:
    rows = [
        [code, label, *(shown(city.totals[year].get(code, 0)) for year in YEARS)]
        for code, label in items.items()
    ]
    return _table(["item", "", *map(str, YEARS)], rows)


def _weighted(city: SampleCity) -> str:
    """Stocks weighted by days in being ÷ days of the year, which intensities divide by."""
    rows = []
    for year in (2021, 2022, 2023, 2024, 2025):
        frame = city.frame("NY201", str(year))
        begin, end = date(year, 1, 1), date(year + 1, 1, 1)
        spans = city.institutions.group_by("code").agg(
            pl.col("valid_from").min(), pl.col("valid_to").max(), pl.col("in_count").first()
        )
        days = {
            row["code"]: (min(row["valid_to"], end) - max(row["valid_from"], begin)).days * row["in_count"]
            for row in spans.iter_rows(named=True)
        }
        cells = []
        for code in ("102", "103"):
            pairs = zip(frame.institutions, frame.column(code).tolist(), strict=True)
            whole = sum(days[name] * value for name, value in pairs)
            cells.append(Fraction(whole, (end - begin).days * 10_000))
        rows.append([str(year), *(f"{float(cell):.4f}" for cell in cells)])
    return _table(["year", "m²", "人 persons"], rows)


def _planted(city: SampleCity) -> str:
    counted = (
        city.planted.group_by("kind")
        .agg(pl.col("institution").n_unique().alias("institutions"), pl.len().alias("cells"))
        .sort("kind")
    )
    rows = [
        [row["kind"], str(row["institutions"]), str(row["cells"])] for row in counted.iter_rows(named=True)
    ]
    return _table(["kind", "机构 institutions", "标签 labels"], rows)


def _october(city: SampleCity) -> str:
    frame = city.frame("NY201", "2026-10")
    states = pl.Series("state", frame.states.tolist()).value_counts().sort("state")
    return _table(["状态 state", "份 returns"], [[row[0], str(row[1])] for row in states.iter_rows()])


def _declared(city: SampleCity) -> str:
    rows = [
        [f"{row['tree']}:{row['node']}", row["period"], row["item"], shown(row["value"]), row["note_zh"]]
        for row in city.declared.iter_rows(named=True)
    ]
    return _table(["节点 node", "period", "item", "印刷值 printed", ""], rows)


def _cases(city: SampleCity) -> str:
    school, section = city.cases["T1"], city.cases["T2"]
    wrong = "、".join(f"{row['institution']} {row['kind']}" for row in section["planted"])
    rows = [
        ["T1", f"{school['institution']} {school['name']}（{school['region']}）"],
        ["T2", f"{section['node']}；合署 compound {section['compound']}；错 planted：{wrong}"],
        ["T4", "、".join(city.cases["T4"]["districts"])],
    ]
    return _table(["", ""], rows)


def main(argv: Sequence[str]) -> int:
    """Write the generated tables into the page named."""
    page = Path(argv[0])
    page.write_text(fill(page.read_text(encoding="utf-8"), blocks(build())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
