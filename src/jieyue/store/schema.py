"""Column schemas of the lake's tables (the spine's table of lake tables, as Arrow schemas).

Quantities are DECIMAL(18,4); ids and publication numbers int64; dates are days. Origins are a byte: the Delta
log knows only signed whole numbers, so they are stored as int8 (values 0–9) whatever comes in.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from jieyue.store.errors import LakeSchemaError

if TYPE_CHECKING:
    import pyarrow as pa

DECIMAL_PRECISION: Final = 18
DECIMAL_SCALE: Final = 4
_CODE: Final = re.compile(r"[A-Za-z0-9_]+")
_TABLE: Final = re.compile(r"[a-z][A-Za-z0-9_]*")


def check_name(name: str) -> str:
    """The name, if it can be a table or column name; else LakeSchemaError."""
    if not _TABLE.fullmatch(name) or name.startswith("cur_"):
        raise LakeSchemaError(
            f"“{name}”不能用作数据湖的表名或列名（小写字母开头，只含字母、数字、下划线，不以 cur_ 开头）",
            f"{name!r} cannot be a lake table or column name (lower-case first letter, then letters, digits, "
            f"underscores; not cur_…)",
            table=name,
        )
    return name


def _dated(*columns: "pa.Field") -> "pa.Schema":
    """A dimension: the columns of a dated row around its own ones."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("row_id", pa.int64(), nullable=False),
            pa.field("seq", pa.int64(), nullable=False),
            pa.field("replaces", pa.int64()),
            pa.field("gone", pa.bool_(), nullable=False),
            *columns,
            pa.field("valid_from", pa.date32(), nullable=False),
            pa.field("valid_to", pa.date32(), nullable=False),
        ]
    )


@cache
def dim_node() -> "pa.Schema":
    """Nodes of the trees and of the reporting line; `outside` = not in this authority's count."""
    import pyarrow as pa

    return _dated(
        pa.field("tree", pa.string(), nullable=False),
        pa.field("node", pa.int64(), nullable=False),
        pa.field("code", pa.string(), nullable=False),
        pa.field("name_zh", pa.string(), nullable=False),
        pa.field("name_en", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("parent", pa.int64()),
        pa.field("outside", pa.bool_(), nullable=False),
    )


@cache
def dim_institution() -> "pa.Schema":
    """Institutions with their stocks [m², persons, vehicles]; null = unknown."""
    import pyarrow as pa

    quantity = pa.decimal128(DECIMAL_PRECISION, DECIMAL_SCALE)
    return _dated(
        pa.field("institution", pa.int64(), nullable=False),
        pa.field("code", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("level", pa.string()),
        pa.field("in_count", pa.bool_(), nullable=False),
        pa.field("floor_area", quantity),
        pa.field("persons", quantity),
        pa.field("vehicles", quantity),
    )


@cache
def dim_membership() -> "pa.Schema":
    """Which node of each tree an institution belongs to, dated."""
    import pyarrow as pa

    return _dated(
        pa.field("institution", pa.int64(), nullable=False),
        pa.field("tree", pa.string(), nullable=False),
        pa.field("node", pa.int64(), nullable=False),
    )


def facts_table(form: str) -> str:
    """The table of a form's facts: NY201 → facts_NY201."""
    return check_name(f"facts_{form}")


def reported_table(form: str) -> str:
    """The table of a form's submissions as they were frozen: NY201 → reported_NY201."""
    return check_name(f"reported_{form}")


def item_fields(codes: Iterable[str]) -> list["pa.Field"]:
    """Value and origin columns of item codes: 110 → c110 DECIMAL(18,4), o110."""
    import pyarrow as pa

    fields = []
    for code in codes:
        if not _CODE.fullmatch(code):
            raise LakeSchemaError(
                f"指标代码“{code}”不能用作列名",
                f"item code {code!r} cannot be a column name",
            )
        fields.append(pa.field(f"c{code}", pa.decimal128(DECIMAL_PRECISION, DECIMAL_SCALE)))
        fields.append(pa.field(f"o{code}", pa.int8()))
    return fields


def facts_schema(form: str, codes: Sequence[str]) -> "pa.Schema":
    """One row per published return version of a form, one pair of columns per numeric item code."""
    import pyarrow as pa

    facts_table(form)
    return pa.schema(
        [
            pa.field("version", pa.int64(), nullable=False),
            pa.field("seq", pa.int64(), nullable=False),
            pa.field("replaces", pa.int64()),
            pa.field("institution", pa.int64()),
            pa.field("node", pa.int64()),
            pa.field("instance", pa.string(), nullable=False),
            pa.field("scheme", pa.string(), nullable=False),
            pa.field("period", pa.string(), nullable=False),
            pa.field("kind", pa.string(), nullable=False),
            pa.field("year", pa.int32(), nullable=False),
            pa.field("first_month", pa.int32(), nullable=False),
            pa.field("last_month", pa.int32(), nullable=False),
            pa.field("method", pa.string(), nullable=False),
            *item_fields(codes),
        ]
    )


@cache
def _reported() -> "list[pa.Field]":
    import pyarrow as pa

    return [
        pa.field("row_id", pa.int64(), nullable=False),
        pa.field("seq", pa.int64(), nullable=False),
        pa.field("replaces", pa.int64()),
        pa.field("institution", pa.int64(), nullable=False),
        pa.field("instance", pa.string(), nullable=False),
        pa.field("scheme", pa.string(), nullable=False),
        pa.field("period", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("year", pa.int32(), nullable=False),
        pa.field("first_month", pa.int32(), nullable=False),
        pa.field("last_month", pa.int32(), nullable=False),
        pa.field("number", pa.int32(), nullable=False),
        pa.field("digest", pa.string(), nullable=False),
        pa.field("submitted_at", pa.timestamp("us", tz="UTC"), nullable=False),
    ]


def reported_schema(form: str, codes: Sequence[str]) -> "pa.Schema":
    """One row per submission of a return, whatever became of it; `replaces`: the submission before it of the same
    return. `number`, `digest`: of the version that it would have been, and of its frozen document."""
    import pyarrow as pa

    reported_table(form)
    return pa.schema([*_reported(), *item_fields(codes)])


FACTS_PARTITION: Final = ("year",)
DIMENSIONS: Final = {
    "dim_node": dim_node,
    "dim_institution": dim_institution,
    "dim_membership": dim_membership,
}
