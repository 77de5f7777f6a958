"""Make synthetic facts in the lake's layout: institutions × 12 months × 40 items of form NY201.

    python -m bench.make_facts FOLDER --institutions 16685 [--year 2025] [--seed 1]

The shape is that of returns, not of noise: sizes are heavy-tailed, electricity and water are known everywhere and
coal almost nowhere, parts add up to their wholes, one row in a hundred was corrected by a later publication,
one in two hundred is missing, one institution in a hundred changed its area in June; electricity, water and gas
are metered, billed or typed. Deterministic: the same
arguments give the same files. Written through the lake's port, month by month and in blocks of institutions,
so that memory stays bounded at any size.

Publication 1 holds the dimensions; each block of a month is one publication; the corrections follow.
"""

import argparse
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jieyue.store import DeltaLake, schema
from jieyue.store.port import Lake

FORM, SCHEME = "NY201", "2020"
AUTHORITY = 990000  # no real authority: its identifiers are authority × 2³² + serial
FIRST_ID = AUTHORITY << 32
BLOCK = 200_000
SCALE = 10_000  # quantities are ten-thousandths
FOREVER = date(9999, 12, 31)

# code → share of institutions that have it, median of a month (or the stock), spread (sigma of the logarithm)
LEAVES: dict[str, tuple[float, float, float]] = {
    "101": (0.60, 9000.0, 1.1), "102": (1.00, 3200.0, 1.3), "1031": (1.00, 40.0, 1.0), "1032": (0.50, 12.0, 1.0),
    "1033": (0.30, 450.0, 1.2), "1041": (0.70, 3.0, 0.8), "1042": (0.20, 1.0, 0.6), "1043": (0.30, 1.0, 0.6),
    "106": (0.25, 4.0, 0.8), "110": (1.00, 11000.0, 1.4), "120": (1.00, 420.0, 1.3), "130": (0.02, 1.5, 1.0),
    "140": (0.45, 900.0, 1.2), "105": (0.10, 120.0, 0.9), "1501": (0.70, 260.0, 0.9), "1502": (0.05, 30.0, 0.7),
    "1601": (0.20, 120.0, 0.8), "1602": (0.06, 40.0, 0.8), "170": (0.01, 300.0, 0.7), "180": (0.01, 0.4, 0.8),
    "190": (0.05, 40.0, 0.9), "191": (0.06, 60.0, 1.0), "192": (0.02, 50.0, 0.9),
}  # fmt: skip
STOCKS = frozenset({"101", "102", "1031", "1032", "1033", "1041", "1042", "1043", "106", "190", "191", "192"})
WHOLES = {
    "103": ("1031", "1032", "1033"),
    "104": ("1041", "1042", "1043"),
    "150": ("1501", "1502"),
    "160": ("1601", "1602"),
}
# cost item → (its quantity, yuan a unit in ten-thousandths)
COSTS = {
    "111": ("110", 5600), "121": ("120", 38000), "131": ("130", 7800000), "141": ("140", 25200),
    "1051": ("105", 62000), "1511": ("1501", 81000), "1512": ("1502", 81000), "151": ("150", 81000),
    "1611": ("1601", 77000), "1612": ("1602", 77000), "161": ("160", 77000), "171": ("170", 610000),
    "181": ("180", 9000000),
}  # fmt: skip
BILLED = frozenset({"110", "120", "140"})
CODES = (*LEAVES, *WHOLES, *COSTS)

Column = tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]
"""Ten-thousandths, and where they are known."""


@dataclass(frozen=True)
class Shape:
    """How much to make."""

    institutions: int
    year: int = 2025
    seed: int = 1
    months: int = 12

    @property
    def areas(self) -> int:
        """Counties or districts: 38 for a city, some 3,600 for a nation."""
        return max(2, min(self.institutions // 4, round(self.institutions / 440)))

    def __str__(self) -> str:
        items = len(CODES)
        return (
            f"{self.institutions:,} institutions × {self.months} months × {items} items of {self.year}, {self.areas:,} "
            f"areas, 60 departments, 12 types; 1 % corrected, 0.5 % missing, 1 % moved (synthetic, seed {self.seed})"
        )


def decimals(values: npt.NDArray[np.int64], known: npt.NDArray[np.bool_]) -> pa.Array:
    """DECIMAL(18,4) from ten-thousandths, null where not known. The sign fills the upper eight bytes."""
    wide = np.empty((len(values), 2), dtype=np.int64)
    wide[:, 0] = values
    wide[:, 1] = values >> 63
    mask = pa.py_buffer(np.packbits(known, bitorder="little").tobytes())
    return pa.Array.from_buffers(
        pa.decimal128(schema.DECIMAL_PRECISION, schema.DECIMAL_SCALE),
        len(values),
        [mask, pa.py_buffer(wide.tobytes())],
    )


def _nodes(shape: Shape) -> list[tuple[str, int, str, int | None]]:
    """(tree, node, code, parent): a root and one level below it in each tree; the line follows area and department."""
    serial = iter(range(FIRST_ID + 1, FIRST_ID + 100_000))
    rows: list[tuple[str, int, str, int | None]] = []
    for tree, count in (("area", shape.areas), ("department", 60), ("type", 12), ("line", shape.areas + 60)):
        root = next(serial)
        rows.append((tree, root, "city", None))
        rows += [(tree, next(serial), f"{tree}-{number:04d}", root) for number in range(count)]
    return rows


def institution_ids(shape: Shape) -> npt.NDArray[np.int64]:
    return FIRST_ID + 1_000_000 + np.arange(shape.institutions, dtype=np.int64)


def _dated(count: int, first_row: int, **columns: Any) -> dict[str, Any]:
    return {
        "row_id": np.arange(first_row, first_row + count, dtype=np.int64),
        "seq": np.ones(count, dtype=np.int64),
        "replaces": pa.nulls(count, pa.int64()),
        "gone": np.zeros(count, dtype=bool),
        **columns,
    }


def _conform(columns: dict[str, Any], wanted: pa.Schema) -> pa.Table:
    arrays = []
    for field in wanted:
        column = columns[field.name]
        array = column if isinstance(column, pa.Array) else pa.array(column)
        arrays.append(array if array.type == field.type else array.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=wanted)


def dimensions(shape: Shape) -> dict[str, pa.Table]:
    """dim_node, dim_institution, dim_membership of publication 1."""
    nodes, ids = _nodes(shape), institution_ids(shape)
    count, total = len(ids), len(nodes)
    row = FIRST_ID + 100_000_000
    node_columns = _dated(
        total, row,
        tree=[node[0] for node in nodes], node=[node[1] for node in nodes], code=[node[2] for node in nodes],
        name_zh=[node[2] for node in nodes], name_en=[node[2] for node in nodes],
        kind=pa.nulls(total, pa.string()), parent=pa.array([node[3] for node in nodes], pa.int64()),
        outside=np.zeros(total, dtype=bool),
        valid_from=[date(2015, 1, 1)] * total, valid_to=[FOREVER] * total,
    )  # fmt: skip
    stocks = month(shape, 0, ids)
    known = np.ones(count, dtype=bool)
    codes = [f"S{serial:07d}" for serial in range(count)]
    institution_columns = _dated(
        count, row + total,
        institution=ids, code=codes, name=codes, level=pa.array(["district"] * count, pa.string()), in_count=known,
        floor_area=decimals(*stocks["102"]), persons=decimals(*stocks["103"]), vehicles=decimals(*stocks["104"]),
        valid_from=[date(2015, 1, 1)] * count, valid_to=[FOREVER] * count,
    )  # fmt: skip
    return {
        "dim_node": _conform(node_columns, schema.dim_node()),
        "dim_institution": _conform(institution_columns, schema.dim_institution()),
        "dim_membership": _memberships(shape, nodes, row + total + count),
    }


def _memberships(shape: Shape, nodes: list[tuple[str, int, str, int | None]], first_row: int) -> pa.Table:
    """Each institution in each tree; one in a hundred moves to the next area on 1 June."""
    rng = np.random.default_rng([shape.seed, 7])
    ids = institution_ids(shape)
    leaves = {
        tree: np.array([n[1] for n in nodes if n[0] == tree and n[3] is not None]) for tree, *_ in nodes
    }
    parts: list[tuple[npt.NDArray[np.int64], str, npt.NDArray[np.int64], date, date]] = []
    june, start = date(shape.year, 6, 1), date(2015, 1, 1)
    for tree in ("area", "department", "type", "line"):
        # Heavy-tailed: a few large areas, many small ones.
        place = (len(leaves[tree]) * rng.random(len(ids)) ** 1.5).astype(np.int64)
        moves = (ids % 100 == 0) if tree == "area" else np.zeros(len(ids), dtype=bool)
        parts.append((ids[~moves], tree, leaves[tree][place[~moves]], start, FOREVER))
        if moves.any():
            parts.append((ids[moves], tree, leaves[tree][place[moves]], start, june))
            parts.append(
                (ids[moves], tree, leaves[tree][(place[moves] + 1) % len(leaves[tree])], june, FOREVER)
            )
    sizes = [len(part[0]) for part in parts]
    columns = _dated(
        sum(sizes), first_row,
        institution=np.concatenate([part[0] for part in parts]),
        tree=[part[1] for part, size in zip(parts, sizes, strict=True) for _ in range(size)],
        node=np.concatenate([part[2] for part in parts]),
        valid_from=[part[3] for part, size in zip(parts, sizes, strict=True) for _ in range(size)],
        valid_to=[part[4] for part, size in zip(parts, sizes, strict=True) for _ in range(size)],
    )  # fmt: skip
    return _conform(columns, schema.dim_membership())


def month(shape: Shape, number: int, ids: npt.NDArray[np.int64]) -> dict[str, Column]:
    """All items of some institutions for month `number` (1 … 12; 0 = the registry's stocks)."""
    block = int(ids[0] - FIRST_ID) // BLOCK
    columns: dict[str, Column] = {}
    for place, (code, (share, middle, spread)) in enumerate(LEAVES.items()):
        fixed = np.random.default_rng([shape.seed, 1, place, block])
        known = fixed.random(len(ids)) < share
        size = middle * fixed.lognormal(0.0, spread, len(ids))
        if code not in STOCKS:
            size *= np.random.default_rng([shape.seed, 2, place, block, number]).uniform(0.8, 1.25, len(ids))
        whole = code.startswith("10") and code != "101" and code != "102" and code != "105"
        values = np.round(size) * SCALE if whole else np.round(size * 100) * (SCALE // 100)
        columns[code] = (np.where(known, values, 0).astype(np.int64), known)
    for code, parts in WHOLES.items():
        values = np.sum([columns[part][0] for part in parts], axis=0, dtype=np.int64)
        columns[code] = (values, np.logical_or.reduce([columns[part][1] for part in parts]))
    for code, (quantity, price) in COSTS.items():
        amount, known = columns[quantity]
        columns[code] = (amount // 100 * price // 100, known)
    return columns


def facts(
    shape: Shape,
    number: int,
    ids: npt.NDArray[np.int64],
    *,
    seq: int,
    first_version: int,
    corrects: int | None = None,
) -> pa.Table:
    """Rows of facts_NY201 for one month; `corrects` = version of the first row that these rows replace."""
    items = month(shape, number, ids)
    count = len(ids)
    present = np.random.default_rng([shape.seed, 3, number, int(ids[0] - FIRST_ID)]).random(count) >= 0.005
    versions = first_version + np.arange(count, dtype=np.int64)
    replaces = pa.nulls(count, pa.int64())
    if corrects is not None:
        chosen = present & (ids % 100 == 7)
        replaces = pa.array(corrects + np.arange(count, dtype=np.int64))
        present = chosen
        items["110"] = (items["110"][0] + 12_3400, items["110"][1])
    columns: dict[str, Any] = {
        "version": versions, "seq": np.full(count, seq, dtype=np.int64), "replaces": replaces, "institution": ids,
        "node": pa.nulls(count, pa.int64()), "instance": pa.array([""] * count), "scheme": pa.array([SCHEME] * count),
        "period": pa.array([f"{shape.year}-{number:02d}"] * count), "kind": pa.array(["M"] * count),
        "year": np.full(count, shape.year, dtype=np.int32), "first_month": np.full(count, number, dtype=np.int32),
        "last_month": np.full(count, number, dtype=np.int32), "method": pa.array(["import"] * count),
    }  # fmt: skip
    for code, (values, known) in items.items():
        columns[f"c{code}"] = decimals(values, known)
        columns[f"o{code}"] = np.where(known, _origins(code, ids), 9).astype(np.int8)
    return _conform(columns, schema.facts_schema(FORM, CODES)).filter(pa.array(present))


def _origins(code: str, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Where a number comes from: every fifth institution has meters, every third bills, the rest types."""
    if code not in BILLED:
        return np.full(len(ids), 3)
    return np.where(ids % 5 == 0, 1, np.where(ids % 3 == 0, 2, 3))


def publications(shape: Shape) -> Iterator[tuple[int, pa.Table]]:
    """(seq, rows of facts_NY201) in order: first all months, then the corrections of each."""
    ids = institution_ids(shape)
    starts = range(0, len(ids), BLOCK)
    first = {}
    seq, version = 1, FIRST_ID + 1_000_000_000
    for number in range(1, shape.months + 1):
        for start in starts:
            seq += 1
            first[number, start] = version
            yield seq, facts(shape, number, ids[start : start + BLOCK], seq=seq, first_version=version)
            version += BLOCK
    for (number, start), corrected in first.items():
        seq += 1
        block = ids[start : start + BLOCK]
        yield seq, facts(shape, number, block, seq=seq, first_version=version, corrects=corrected)
        version += BLOCK


def write(lake: Lake, shape: Shape) -> int:
    """Create and fill the tables of an empty lake; returns the last publication's number."""
    for name, rows in dimensions(shape).items():
        lake.create_table(name, rows.schema)
        lake.append(name, rows, txn=("publish", 1))
    table = schema.facts_table(FORM)
    lake.create_table(table, schema.facts_schema(FORM, CODES), schema.FACTS_PARTITION)
    seq = 1
    for seq, rows in publications(shape):
        lake.append(table, rows, txn=("publish", seq))
    return seq


def cached(folder: Path, shape: Shape) -> tuple[Path, int]:
    """The lake of this shape below `folder`, made once, and its last publication.

    A change of this program makes another; a lake whose making was interrupted is made again.
    """
    maker = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    place = folder / f"facts-{shape.institutions}-{shape.year}-{shape.months}-{shape.seed}-{maker}"
    done = place / "last-publication"
    if not done.is_file():
        shutil.rmtree(place, ignore_errors=True)
        done.parent.mkdir(parents=True)
        done.write_text(str(write(DeltaLake(place / "lake"), shape)), "ascii")
    return place / "lake", int(done.read_text("ascii"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--institutions", type=int, required=True)
    parser.add_argument("--year", type=int, default=2025)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    shape = Shape(options.institutions, options.year, options.seed)
    print(f"{shape}\nlast publication {write(DeltaLake(options.folder), shape)}")


if __name__ == "__main__":
    main()
