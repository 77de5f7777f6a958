"""A digest of lake rows that is the same however Arrow lays them out in memory."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc


def digest_tables(tables: Mapping[str, pa.Table]) -> str:
    """SHA-256 (hex) over table names, column names, types, validity and values, row order included.

    Chunks, offsets and the bytes beneath nulls, all of which Arrow leaves open, do not enter.
    """
    total = hashlib.sha256()
    for name in sorted(tables):
        table = tables[name]
        total.update(f"{name}\0{table.num_rows}\0".encode())
        for field in sorted(table.schema, key=lambda field: field.name):
            total.update(f"{field.name}\0{field.type}\0".encode())
            total.update(_column(table.column(field.name)))
    return total.hexdigest()


def _column(column: pa.ChunkedArray) -> bytes:
    own = hashlib.sha256()
    own.update(column.is_valid().combine_chunks().cast(pa.uint8()).to_numpy(zero_copy_only=False).tobytes())
    if pa.types.is_decimal(column.type):
        # Decimals as their text would be slow; as two's complement bytes they are exact and quick.
        zero = pa.scalar(Decimal(0), column.type)
        own.update(_fixed_width(pc.fill_null(column, zero), column.type.byte_width))
    elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        texts = pc.fill_null(column, "")
        lengths = pc.utf8_length(texts).combine_chunks().to_numpy(zero_copy_only=False)
        own.update(lengths.astype("<i8").tobytes())
        own.update("".join(texts.to_pylist()).encode())
    else:
        whole = column.cast(pa.int32()) if pa.types.is_date32(column.type) else column
        zero = pa.scalar(False) if pa.types.is_boolean(whole.type) else pa.scalar(0).cast(whole.type)
        numbers = pc.fill_null(whole, zero).combine_chunks().to_numpy(zero_copy_only=False)
        own.update(numbers.tobytes())
    return own.digest()


def _fixed_width(column: pa.ChunkedArray, width: int) -> bytes:
    parts = []
    for chunk in column.chunks:
        start = chunk.offset * width
        parts.append(chunk.buffers()[1].to_pybytes()[start : start + len(chunk) * width])
    return b"".join(parts)
