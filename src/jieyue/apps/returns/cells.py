"""The cells of a return as canonical JSON (RFC 8785), and as columns of integers.

`{"110":["51240","kWh",3],"160":[null,"L",9]}`: item code to [plain decimal without exponent or trailing
zeros, unit of the item, origin]. A code that is absent is missing; null with origin 9 is not used.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from jieyue.domain.quantity import SCALE, fixed_text, to_fixed

MISSING, NOT_USED = 0, 9
#: From so many texts on, they are cut into cells together.
_MANY = 200
_CELL = (
    r'^,?"(?<code>[^"\\]+)":\[(?:"(?<sign>-?)(?<whole>[0-9]{1,14})(?:\.(?<part>[0-9]{1,4}))?"|null),'
    r'"[^"\\]*",(?<origin>[0-9])$'
)
_PLACES = {"code": pl.String, "column": pl.UInt32}


@dataclass(frozen=True)
class CellColumns:
    """Cells of many returns: `values[row, column]` in ten-thousandths, `origins[row, column]` 0–9."""

    codes: tuple[str, ...]
    values: NDArray[np.int64]
    origins: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.values.shape != self.origins.shape or self.values.shape[1:] != (len(self.codes),):
            raise ValueError(
                f"{self.values.shape} values, {self.origins.shape} origins, {len(self.codes)} codes"
            )

    def __len__(self) -> int:
        return int(self.values.shape[0])

    def take(self, rows: NDArray[np.intp] | Sequence[int]) -> "CellColumns":
        """Some of the rows, in the order asked for."""
        return CellColumns(self.codes, self.values[rows], self.origins[rows])


def texts(cells: CellColumns, units: Mapping[str, str]) -> list[str]:
    """Canonical JSON of each row; built column by column, so half a million rows take seconds."""
    order = sorted(range(len(cells.codes)), key=lambda place: cells.codes[place])
    frame = pl.DataFrame({str(place): _column(cells, place, units[cells.codes[place]]) for place in order})
    if not order:
        return ["{}"] * len(cells)
    joined = frame.select(pl.concat_str(pl.all(), separator=",", ignore_nulls=True)).to_series()
    return [f"{{{row}}}" for row in joined]


def _column(cells: CellColumns, place: int, unit: str) -> pl.Series:
    code = cells.codes[place]
    head, tail = json.dumps(code) + ":[", "," + json.dumps(unit, ensure_ascii=False) + ","
    frame = pl.DataFrame({"v": cells.values[:, place], "o": cells.origins[:, place].astype(np.int16)})
    number = pl.lit('"') + decimal_text(pl.col("v")) + pl.lit('"')
    value = pl.when(pl.col("o") == NOT_USED).then(pl.lit("null")).otherwise(number)
    whole = pl.concat_str([pl.lit(head), value, pl.lit(tail), pl.col("o").cast(pl.String), pl.lit("]")])
    return frame.select(pl.when(pl.col("o") != MISSING).then(whole).alias("t")).to_series()


def decimal_text(column: pl.Expr) -> pl.Expr:
    """Ten-thousandths as plain decimals without trailing zeros."""
    size = column.abs()
    whole = (size // SCALE).cast(pl.String)
    rest = (size % SCALE).cast(pl.String).str.zfill(4).str.strip_chars_end("0")
    plain = pl.when(rest == "").then(whole).otherwise(whole + pl.lit(".") + rest)
    return pl.when(column < 0).then(pl.lit("-") + plain).otherwise(plain)


def parse(text: str) -> dict[str, tuple[int, int]]:
    """Canonical JSON to code → (ten-thousandths, origin); a not-used cell has value 0 and origin 9."""
    if not text:
        return {}
    return {
        code: (0 if value is None else _fixed(value) if "." in value else int(value) * SCALE, origin)
        for code, (value, _unit, origin) in json.loads(text).items()
    }


def _fixed(text: str) -> int:
    """Ten-thousandths of a canonical decimal; one is written with four places at most."""
    whole, _point, part = text.partition(".")
    return int(whole + part.ljust(4, "0")) if len(part) <= 4 else to_fixed(text)[0]


def columns(rows: Iterable[str], codes: Sequence[str]) -> CellColumns:
    """Many canonical texts as columns of the given codes; codes that are not asked for are left out."""
    texts = list(rows)
    said = _split(texts) if len(texts) >= _MANY else None
    return _parsed(texts, codes) if said is None else _placed(said, len(texts), codes)


def _split(texts: Sequence[str]) -> pl.DataFrame | None:
    """Every cell of many texts as a row, cut as they are written; None where one is not written so."""
    part = pl.col("text").str.strip_chars("{}").str.split("]")
    parts = pl.DataFrame({"text": texts}).with_row_index("row").select("row", part=part).explode("part")
    cut = pl.col("part").str.extract_groups(_CELL)
    said = parts.filter(pl.col("part") != "").select("row", cell=cut).unnest("cell")
    return None if said["code"].null_count() else said


def _placed(said: pl.DataFrame, rows: int, codes: Sequence[str]) -> CellColumns:
    """The cells that `_split` has found, each at its place."""
    known = pl.DataFrame({"code": codes, "column": range(len(codes))}, schema=_PLACES)
    number = pl.col("whole").cast(pl.Int64) * SCALE
    number += pl.col("part").fill_null("").str.pad_end(4, "0").cast(pl.Int64)
    said = said.join(known, on="code").select(
        "row",
        "column",
        value=pl.when(pl.col("sign") == "-").then(-number).otherwise(number).fill_null(0),
        origin=pl.col("origin").cast(pl.UInt8),
    )
    values = np.zeros((rows, len(codes)), dtype=np.int64)
    origins = np.zeros((rows, len(codes)), dtype=np.uint8)
    at = said["row"].to_numpy(), said["column"].to_numpy()
    values[at], origins[at] = said["value"].to_numpy(), said["origin"].to_numpy()
    return CellColumns(tuple(codes), values, origins)


def _parsed(texts: Sequence[str], codes: Sequence[str]) -> CellColumns:
    """The same of a few texts, one by one."""
    parsed = [parse(text) for text in texts]
    values = np.zeros((len(parsed), len(codes)), dtype=np.int64)
    origins = np.zeros((len(parsed), len(codes)), dtype=np.uint8)
    for place, code in enumerate(codes):
        found = [row.get(code, (0, MISSING)) for row in parsed]
        values[:, place] = [value for value, _ in found]
        origins[:, place] = [origin for _, origin in found]
    return CellColumns(tuple(codes), values, origins)


def text_of(cells: Mapping[str, tuple[int, int]], units: Mapping[str, str]) -> str:
    """Canonical JSON of one return; the same text as `texts` makes of its row."""
    said = {
        code: [None if origin == NOT_USED else fixed_text(value), units[code], origin]
        for code, (value, origin) in sorted(cells.items())
        if origin != MISSING
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def one_row(cells: Mapping[str, tuple[int, int]]) -> CellColumns:
    """One return as columns."""
    codes = tuple(sorted(cells))
    values = np.array([[cells[code][0] for code in codes]], dtype=np.int64).reshape(1, len(codes))
    origins = np.array([[cells[code][1] for code in codes]], dtype=np.uint8).reshape(1, len(codes))
    return CellColumns(codes, values, origins)
