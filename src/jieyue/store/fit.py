"""Make rows fit a table exactly, or say why they do not. Nothing is rounded, cut or filled in here."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from jieyue.store.errors import LakeSchemaError

if TYPE_CHECKING:
    import pyarrow as pa


def stored_field(field: "pa.Field") -> "pa.Field":
    """The field as the log can hold it: uint8 → int8 (values to 127), large text → text; else itself or an error."""
    import pyarrow as pa

    kind = field.type
    if pa.types.is_uint8(kind):
        kind = pa.int8()
    elif pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        kind = pa.string()
    elif pa.types.is_timestamp(kind):
        kind = pa.timestamp("us", tz="UTC") if kind.tz else kind
    allowed = (
        pa.types.is_signed_integer(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_string(kind)
        or pa.types.is_date32(kind)
        or pa.types.is_float64(kind)
        or (pa.types.is_timestamp(kind) and kind.tz == "UTC")
        or (pa.types.is_decimal128(kind) and kind.scale >= 0)
    )
    if not allowed:
        raise LakeSchemaError(
            f"列 {field.name} 的类型 {field.type} 不能存入数据湖",
            f"column {field.name} has the type {field.type}, which the lake does not store",
        )
    return pa.field(field.name, kind, field.nullable)


def stored_schema(fields: Iterable["pa.Field"]) -> "pa.Schema":
    """All fields as the log can hold them."""
    import pyarrow as pa

    return pa.schema([stored_field(field) for field in fields])


def fit_rows(table: str, rows: "pa.Table", schema: "pa.Schema") -> "pa.Table":
    """The rows with the table's types and column order; nullable columns that they lack stay out.

    Raises LakeSchemaError for an unknown column, a lacking or null required value, a value that does not fit.
    """
    import pyarrow as pa

    unknown = [name for name in rows.column_names if name not in schema.names]
    lacking = [f.name for f in schema if not f.nullable and f.name not in rows.column_names]
    if unknown or lacking or len(set(rows.column_names)) != rows.num_columns:
        raise LakeSchemaError(
            f"写入表 {table} 的列不符：多出 {unknown}，缺少 {lacking}；新列须先用 add_columns 添加",
            f"columns for table {table} do not fit: unknown {unknown}, lacking {lacking}; "
            f"new columns need add_columns first",
            table=table,
        )
    fields = [field for field in schema if field.name in rows.column_names]
    columns = [_fit_column(table, rows[field.name], field) for field in fields]
    return pa.Table.from_arrays(columns, names=[field.name for field in fields])


def _fit_column(table: str, column: "pa.ChunkedArray", field: "pa.Field") -> "pa.ChunkedArray":
    import pyarrow as pa

    if not field.nullable and column.null_count:
        raise LakeSchemaError(
            f"表 {table} 的列 {field.name} 不许为空，却有 {column.null_count} 行为空",
            f"column {field.name} of table {table} must have a value, {column.null_count} rows have none",
            table=table,
        )
    words = pa.types.is_dictionary(column.type)  # each word once, and which one it is: written as it comes
    if column.type == field.type or (words and column.type.value_type == field.type):
        return column
    if pa.types.is_floating(column.type) and not pa.types.is_floating(field.type):
        raise LakeSchemaError(
            f"表 {table} 的列 {field.name} 是精确数，不接受浮点数",
            f"column {field.name} of table {table} is exact and takes no floating-point numbers",
            table=table,
        )
    try:
        return column.cast(field.type, safe=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise LakeSchemaError(
            f"表 {table} 的列 {field.name} 无法无损存为 {field.type}：{error}",
            f"column {field.name} of table {table} does not fit {field.type} without loss: {error}",
            table=table,
        ) from error
