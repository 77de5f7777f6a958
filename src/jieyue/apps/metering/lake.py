"""The lake's tables of metering: what a publication of meters puts there, and the series of readings and intervals.

`ym` is the local month (202501) of an instant in `readings`, of the start in `intervals`.
"""

from typing import Final

import pyarrow as pa

from jieyue.apps.metering.models import MeteredFact, PointVersion, ReadingEdit
from jieyue.apps.publication.arrow import to_arrow
from jieyue.apps.publication.lake import open_lake
from jieyue.store import DeltaLake

READINGS, INTERVALS = "readings", "intervals"
POINT_DAY, USE_HOUR, USE_DAY, USE_MONTH = "point_day", "use_hour", "use_day", "use_month"
#: What is made of the readings, in the order in which it is made.
DERIVED: Final = (INTERVALS, POINT_DAY, USE_HOUR, USE_DAY, USE_MONTH)
#: Channels of a meter, by the number under which they are stored.
CHANNELS: Final = {"total": 0, "import": 1, "export": 2, "sharp": 3, "peak": 4, "flat": 5, "valley": 6}
QUANTITY: Final = pa.decimal128(18, 4)


def dim_meter() -> pa.Schema:
    """Rows of `dim_meter`: a point's attributes, dated twice."""
    return pa.schema(
        [
            pa.field("row_id", pa.int64(), nullable=False),
            pa.field("seq", pa.int64(), nullable=False),
            pa.field("replaces", pa.int64()),
            pa.field("gone", pa.bool_(), nullable=False),
            pa.field("valid_from", pa.date32(), nullable=False),
            pa.field("valid_to", pa.date32(), nullable=False),
            pa.field("point", pa.int64(), nullable=False),
            pa.field("institution", pa.int64(), nullable=False),
            pa.field("carrier", pa.string(), nullable=False),
            pa.field("unit", pa.string(), nullable=False),
            pa.field("kind", pa.string(), nullable=False),
            pa.field("end_use", pa.string(), nullable=False),
            pa.field("direction", pa.string(), nullable=False),
            pa.field("parent", pa.int64()),
            pa.field("formula", pa.string()),
        ]
    )


def meter_rows(seq: int) -> pa.Table | None:
    """Rows of `dim_meter` that publication `seq` wrote."""
    rows = PointVersion.objects.filter(seq=seq).order_by("id")
    return to_arrow(rows, {"row_id": "id", "point": "point_id"}, dim_meter())


def reading_edit() -> pa.Schema:
    """Rows of `reading_edit`: what people have said of points' data; a withdrawal is a row that is gone."""
    return pa.schema(
        [
            pa.field("row_id", pa.int64(), nullable=False),
            pa.field("seq", pa.int64(), nullable=False),
            pa.field("replaces", pa.int64()),
            pa.field("gone", pa.bool_(), nullable=False),
            pa.field("valid_from", pa.date32(), nullable=False),
            pa.field("valid_to", pa.date32(), nullable=False),
            pa.field("point", pa.int64(), nullable=False),
            pa.field("kind", pa.string(), nullable=False),
            pa.field("begins", pa.int64(), nullable=False),
            pa.field("ends", pa.int64(), nullable=False),
            pa.field("use", QUANTITY),
            pa.field("first", QUANTITY),
            pa.field("last", QUANTITY),
        ]
    )


def edit_rows(seq: int) -> pa.Table | None:
    """Rows of `reading_edit` that publication `seq` wrote."""
    rows = ReadingEdit.objects.filter(seq=seq).order_by("id")
    return to_arrow(rows, {"row_id": "id", "point": "point_id"}, reading_edit())


def metered_schema() -> pa.Schema:
    """Monthly uses as published: rows stay, a restatement names the one that it stands for; `gone` ends it."""
    return pa.schema(
        [
            pa.field("ym", pa.int32(), nullable=False),
            pa.field("row_id", pa.int64(), nullable=False),
            pa.field("seq", pa.int64(), nullable=False),
            pa.field("replaces", pa.int64()),
            pa.field("institution", pa.int64(), nullable=False),
            pa.field("carrier", pa.string(), nullable=False),
            pa.field("end_use", pa.string(), nullable=False),
            pa.field("use", QUANTITY, nullable=False),
            pa.field("completeness", QUANTITY, nullable=False),
            pa.field("estimated", QUANTITY, nullable=False),
            pa.field("gone", pa.bool_()),  # younger than the table: empty means no
        ]
    )


def metered_rows(seq: int) -> pa.Table | None:
    """Rows of `metered` that publication `seq` wrote."""
    rows = MeteredFact.objects.filter(seq=seq).order_by("id")
    return to_arrow(rows, {"row_id": "id", "ym": "month"}, metered_schema())


def readings_schema() -> pa.Schema:
    """Raw instants, never changed."""
    return pa.schema(
        [
            pa.field("ym", pa.int32(), nullable=False),
            pa.field("point", pa.int64(), nullable=False),
            pa.field("channel", pa.int32(), nullable=False),
            pa.field("ts", pa.int64(), nullable=False),
            pa.field("value", QUANTITY, nullable=False),
            pa.field("revision", pa.int32(), nullable=False),
            pa.field("ingest_seq", pa.int64(), nullable=False),
        ]
    )


def intervals_schema() -> pa.Schema:
    """What is made of them: one row a point, channel and step; `use` is empty where it is missing."""
    return pa.schema(
        [
            pa.field("ym", pa.int32(), nullable=False),
            pa.field("point", pa.int64(), nullable=False),
            pa.field("channel", pa.int32(), nullable=False),
            pa.field("start", pa.int64(), nullable=False),
            pa.field("use", QUANTITY),
            pa.field("quality", pa.int32(), nullable=False),
            pa.field("method", pa.int32(), nullable=False),
        ]
    )


def point_day_schema() -> pa.Schema:
    """A day of a point's total: the sum of its known hours, and how many there are of each quality."""
    counts = ("measured", "calculated", "estimated", "manual", "suspect", "missing")
    return pa.schema(
        [
            pa.field("ym", pa.int32(), nullable=False),
            pa.field("point", pa.int64(), nullable=False),
            pa.field("start", pa.int64(), nullable=False),
            pa.field("use", QUANTITY),
            *(pa.field(name, pa.int32(), nullable=False) for name in counts),
        ]
    )


def use_schema() -> pa.Schema:
    """An hour, day or month of an institution's line (domain/rollup.py). end_use: empty for the total of the carrier.

    parts: points × hours that belong to it; complete, estimated, missing: of these.
    """
    return pa.schema(
        [
            pa.field("ym", pa.int32(), nullable=False),
            pa.field("institution", pa.int64(), nullable=False),
            pa.field("carrier", pa.string(), nullable=False),
            pa.field("end_use", pa.string(), nullable=False),
            pa.field("start", pa.int64(), nullable=False),
            pa.field("use", QUANTITY),
            *(
                pa.field(name, pa.int32(), nullable=False)
                for name in ("parts", "complete", "estimated", "missing")
            ),
        ]
    )


_SCHEMAS: Final = {
    READINGS: readings_schema,
    INTERVALS: intervals_schema,
    POINT_DAY: point_day_schema,
    USE_HOUR: use_schema,
    USE_DAY: use_schema,
    USE_MONTH: use_schema,
}


def prepared_lake() -> DeltaLake:
    """The lake, with the series in it."""
    lake = open_lake()
    there = set(lake.tables())
    for name, schema in _SCHEMAS.items():
        if name not in there:
            lake.create_table(name, schema(), ["ym"], append_only=name == READINGS)
    return lake
