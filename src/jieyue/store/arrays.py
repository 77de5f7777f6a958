"""Arrow columns as numpy arrays of whole numbers, without a copy where there need not be one.

Read from the buffers: `to_numpy` and `numpy.asarray` load pandas first, which takes 0.4 s and 60 MB.
"""

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Numbers = NDArray[Any]
"""int64, or Python integers where a sum could leave int64."""
Column: TypeAlias = pa.ChunkedArray | pa.Array
_SAFE = 2**62
_KINDS = {
    getattr(pa, name)(): getattr(np, name)
    for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")
} | {pa.date32(): np.int32}


def one(column: Column) -> pa.Array:
    """The column in one piece."""
    if isinstance(column, pa.ChunkedArray):
        return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return column


def known(array: pa.Array) -> Bools:
    """Where a value is not null."""
    if array.null_count == 0:
        return np.ones(len(array), dtype=bool)
    return _bits(array, 0)


def whole(column: Column) -> Ints:
    """A column of whole numbers, or of days as days since 1970; 0 where null."""
    array = one(column)
    values = _buffer(array, _KINDS[array.type]).astype(np.int64, copy=False)
    return values if array.null_count == 0 else values * known(array)  # `where` takes five times as long


def small(column: Column) -> NDArray[np.int8]:
    """A column of int8, 0 where null."""
    array = one(column)
    values = _buffer(array, np.int8)
    return values if array.null_count == 0 else values * known(array)


def says(column: Column, wanted: str) -> Bools:
    """Where a text column says this."""
    return flag(pc.equal(one(column), wanted))


def quantities(column: Column | None, length: int) -> tuple[Ints, Bools]:
    """DECIMAL(18,4) as (ten-thousandths, 0 where null; where known); an absent column is null throughout."""
    if column is None:
        return np.zeros(length, dtype=np.int64), np.zeros(length, dtype=bool)
    if isinstance(column, pa.ChunkedArray) and column.num_chunks > 1:  # half the bytes of joining them first
        parts = [quantities(chunk, len(chunk)) for chunk in column.chunks]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    array = one(column)
    there = known(array)
    low = _buffer(array, np.int64, 2)[0::2]
    return (np.ascontiguousarray(low) if array.null_count == 0 else low * there), there


def stated(column: Column) -> tuple[Ints, Ints]:
    """DECIMAL(18,4) as (rows that are not null, their ten-thousandths)."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    rows, values, start = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], 0
    for chunk in chunks:
        here = np.flatnonzero(known(chunk))
        rows.append(here + start)
        values.append(_buffer(chunk, np.int64, 2)[0::2][here])
        start += len(chunk)
    return np.concatenate(rows), np.concatenate(values)


def wide(column: Column) -> Numbers:
    """Whole numbers or decimals of up to 38 digits in units of their last place, 0 where null."""
    array = one(column)
    if not pa.types.is_decimal(array.type):
        return whole(array)
    there = known(array)
    words = _buffer(array, np.int64, 2)
    low, high = np.where(there, words[0::2], 0), np.where(there, words[1::2], 0)
    if bool((high == low >> 63).all()):
        return low
    both: Numbers = high.astype(object) * 2**64 + low.view(np.uint64).astype(object)
    return both


def flag(column: Column) -> Bools:
    """A column of truths, False where null."""
    array = one(column)
    said: Bools = _bits(array, 1) & known(array)
    return said


def places(ascending: Ints, column: Column) -> Ints:
    """Where each value stands in the ascending array, -1 if nowhere or null."""
    array = one(column)
    values = whole(array)
    if not len(ascending):
        return np.full(len(values), -1, dtype=np.int64)
    first, span = int(ascending[0]), int(ascending[-1]) - int(ascending[0]) + 1
    if span == len(ascending):  # numbers handed out without a gap
        found = values - first
        found[(found < 0) | (found >= span)] = -1
    else:
        found = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
        found[ascending[found] != values] = -1
    if array.null_count:
        found[~known(array)] = -1
    return found


def decimals(values: Ints, there: Bools) -> pa.Array:
    """DECIMAL(18,4) from ten-thousandths, null where not known. The sign fills the upper eight bytes."""
    both = np.empty((len(values), 2), dtype=np.int64)
    both[:, 0] = values
    both[:, 1] = values >> 63
    mask = pa.py_buffer(np.packbits(there, bitorder="little"))
    return pa.Array.from_buffers(pa.decimal128(18, 4), len(values), [mask, pa.py_buffer(both)])


def long_decimals(values: Numbers, there: Bools) -> pa.Array:
    """DECIMAL(38,4) from ten-thousandths, Python integers among them, null where not known."""
    both = np.empty((len(values), 2), dtype=np.int64)
    if values.dtype == object:
        both[:, 0] = (values % 2**64).astype(np.uint64).view(np.int64)
    else:
        both[:, 0] = values
    both[:, 1] = values >> 64 if values.dtype == object else values >> 63
    mask = pa.py_buffer(np.packbits(there, bitorder="little"))
    return pa.Array.from_buffers(pa.decimal128(38, 4), len(values), [mask, pa.py_buffer(both)])


def safe(values: Numbers, *, times: int = 1) -> Numbers:
    """The values as they are if their sum, `times` over, stays in int64; else as Python integers."""
    if values.dtype == object or not len(values):
        return values
    most = max(-int(values.min()), int(values.max())) * len(values) * times
    if most >= _SAFE:
        most = int(float(np.abs(values.astype(np.float64)).sum()) * times)
    return values if most < _SAFE else values.astype(object)


def plus(one: Numbers, other: Numbers) -> Numbers:
    """The sum of two columns, in Python integers where it could leave int64."""
    if object not in (one.dtype, other.dtype):
        most = max(max(-int(each.min(initial=0)), int(each.max(initial=0))) for each in (one, other))
        if most >= _SAFE:
            one = one.astype(object)
    total: Numbers = one + other
    return total


def _buffer(array: pa.Array, kind: Any, words: int = 1) -> NDArray[Any]:
    values = np.frombuffer(array.buffers()[1], dtype=kind)
    return values[array.offset * words : (array.offset + len(array)) * words]


def _bits(array: pa.Array, buffer: int) -> Bools:
    first = array.offset // 8
    packed = np.frombuffer(array.buffers()[buffer], dtype=np.uint8)[first:]
    bits = np.unpackbits(packed, count=array.offset + len(array) - first * 8, bitorder="little")
    return bits[array.offset - first * 8 :].view(bool)
