"""One Parquet file of the lake: written by us, named by its SHA-256, verified before it is read.

Layout of facts and dimensions (measured in decision 0002): decimals as INT64, no dictionary, lz4, row groups of some
8,192 rows, all of one size, at most 500,000 rows a file. Series (readings and what is made of them: no `replaces`) are
sorted and read whole, so their whole numbers are packed as differences, zstd, row groups of 125,000. Partition columns
live in the folder name, as Delta wants it. Sums of institutions are asked for one by one: their row groups are small.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jieyue.store.errors import LakeSchemaError, corrupt_file
from jieyue.store.files import LocalFiles, Stat
from jieyue.store.port import DataFile, TableSnapshot

if TYPE_CHECKING:
    import pyarrow as pa

ROW_GROUP_ROWS: Final = (
    8_192  # 25,000 are read no faster, and one institution's row costs twice as much in them
)
SERIES_GROUP_ROWS: Final = 125_000
SUMS_GROUP_ROWS: Final = 20_000
FILE_ROWS: Final = 500_000
#: Less than this one thread checks as soon as several do, and with half the processor time.
_MANY_BYTES: Final = 64 * 2**20
_MAGIC: Final = b"PAR1"
_DIGEST: Final = re.compile(r"-([0-9a-f]{64})\.parquet$")
_PARTITION_TEXT: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Encoded:
    """A Parquet file in memory: its folder (partition), bytes, and what the log entry will say of it."""

    partition: dict[str, str]
    data: "pa.Buffer"
    digest: str
    rows: int
    minimum: dict[str, int]
    maximum: dict[str, int]
    nulls: dict[str, int]

    @property
    def folder(self) -> str:
        """Folder below the table: `year=2020/`, empty without partitions."""
        return "".join(f"{column}={value}/" for column, value in self.partition.items())

    def stats(self) -> dict[str, Any]:
        """Statistics in Delta's words."""
        return {
            "numRecords": self.rows,
            "minValues": self.minimum,
            "maxValues": self.maximum,
            "nullCount": self.nulls,
        }


def encode(rows: "pa.Table", partition_by: Sequence[str], group_rows: int | None = None) -> Iterator[Encoded]:
    """Cut rows into Parquet files by partition and size, one at a time so that memory stays bounded. group_rows: rows
    of a group, if not as many as the head of this file says."""
    for partition, part in _split(rows, partition_by):
        for start in range(0, part.num_rows, FILE_ROWS):
            yield encode_part(part.slice(start, FILE_ROWS), partition, group_rows)


def _split(rows: "pa.Table", partition_by: Sequence[str]) -> Iterator[tuple[dict[str, str], "pa.Table"]]:
    import pyarrow.compute as pc

    if not partition_by:
        yield {}, rows
        return
    column, rest = partition_by[0], partition_by[1:]
    values = sorted(pc.unique(rows[column]).to_pylist())
    for value in values:
        text = str(value)
        if not _PARTITION_TEXT.fullmatch(text):
            raise LakeSchemaError(
                f"列 {column} 的值“{text}”不能用作分区（只许字母、数字、-、_）",
                f"value {text!r} of column {column} cannot be a partition (letters, digits, -, _ only)",
            )
        part = rows if len(values) == 1 else rows.filter(pc.equal(rows[column], value))
        for inner, piece in _split(part.drop_columns([column]), rest):
            yield {column: text, **inner}, piece


def encode_part(rows: "pa.Table", partition: dict[str, str], group_rows: int | None = None) -> Encoded:
    """One Parquet file of one partition's rows (without the partition columns)."""
    import hashlib

    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    layout = _layout(rows.schema, rows.num_rows)
    layout["row_group_size"] = group_rows or layout["row_group_size"]
    pq.write_table(rows, sink, store_decimal_as_integer=True, **layout)
    data = sink.getvalue()
    minimum, maximum, nulls = {}, {}, {}
    for field in rows.schema:
        if pa.types.is_int64(field.type) or pa.types.is_int32(field.type):
            column = rows[field.name]
            nulls[field.name] = column.null_count
            low_high = pc.min_max(column).as_py()
            if low_high["min"] is not None:
                minimum[field.name], maximum[field.name] = low_high["min"], low_high["max"]
    digest = hashlib.sha256(data).hexdigest()
    return Encoded(partition, data, digest, rows.num_rows, minimum, maximum, nulls)


def _even(count: int) -> int:
    """Rows of a group so that all are of one size, at most an eighth over ROW_GROUP_ROWS: a rest of a few rows would
    cost as much as any group does before its first row.

    >>> _even(16_607), _even(8_000), _even(30_000), _even(0)
    (8304, 8000, 7500, 1)
    """
    groups = max(1, -(-count // (ROW_GROUP_ROWS + ROW_GROUP_ROWS // 8)))
    return max(1, -(-count // groups))


def _layout(schema: "pa.Schema", count: int) -> dict[str, Any]:
    """How the columns are packed: see the head of this file."""
    import pyarrow as pa

    if "replaces" in schema.names:
        return {"compression": "lz4", "row_group_size": _even(count), "use_dictionary": False}
    sums = "institution" in schema.names
    packed = {
        field.name: "DELTA_BINARY_PACKED"
        for field in schema
        if pa.types.is_int64(field.type)
        or pa.types.is_decimal(field.type)
        or (pa.types.is_int32(field.type) and not sums)  # counts that hardly change: zstd alone is quicker
    }
    words = [
        field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_dictionary(field.type)
    ]
    return {
        "compression": "zstd",
        "row_group_size": SUMS_GROUP_ROWS if sums else SERIES_GROUP_ROWS,
        "column_encoding": packed or None,
        "use_dictionary": words or False,
        # of what rows are looked for by, no more: of words they take as long as the words themselves
        "write_statistics": [field.name for field in schema if pa.types.is_int64(field.type)],
    }


def digest_in_name(name: str) -> str | None:
    """The SHA-256 that a file's name promises, None if it promises none."""
    found = _DIGEST.search(name)
    return found.group(1) if found else None


def damage(files: LocalFiles, path: Path, size: int) -> tuple[str, str] | None:
    """What is wrong with a file at first sight (presence, size, Parquet frame), in zh and en; None if nothing."""
    found = files.stat(path)
    if found is None:
        return "缺失", "is missing"
    if found.size != size:
        return f"长度为 {found.size} 字节，应为 {size}", f"has {found.size} bytes instead of {size}"
    head, tail = files.edges(path, len(_MAGIC))
    if (head, tail) != (_MAGIC, _MAGIC):
        return "不是完整的 Parquet 文件", "is not a whole Parquet file"
    return None


def other_types(table: TableSnapshot, path: str | Path) -> tuple[str, str] | None:
    """Which column of a whole file is not of the type that the table has it in, in zh and en; None if all are. Numbers
    of another type would be misread without a word, or rounded. A column that the file is too old to have is null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.read_schema(path, memory_map=True)
    except pa.ArrowException as error:
        return f"不是可读的 Parquet 文件（{error}）", f"is no readable Parquet file ({error})"
    for wanted in table.schema:
        if wanted.name in table.partition_by:
            continue
        place = found.get_field_index(wanted.name)
        kind = found.field(place).type if place >= 0 else None
        if kind == wanted.type or (kind is None and wanted.nullable):
            continue
        if kind is None:
            return f"缺少列 {wanted.name}", f"lacks the column {wanted.name}"
        if pa.types.is_dictionary(kind) and kind.value_type == wanted.type:  # each word once: read as it is
            continue
        return (
            f"的列 {wanted.name} 类型为 {kind}，应为 {wanted.type}（不是本系统写的）",
            f"has {wanted.name} as {kind} instead of {wanted.type}: it was not written by this system",
        )
    return None


class Verifier:
    """Checks each data file's bytes against the SHA-256 in its name, and the types of its columns against the table's,
    once per process and state of the file."""

    def __init__(self, files: LocalFiles) -> None:
        self._files = files
        self._good: dict[str, Stat] = {}
        self._lock = threading.Lock()

    def check(self, table: TableSnapshot, data_files: Sequence[DataFile]) -> None:
        """Raise LakeCorrupt naming the first file that is missing, cut, altered or of other types."""
        fresh = [file for file in data_files if not self._known(file)]
        if len(fresh) > 1 and sum(file.size for file in fresh) >= _MANY_BYTES:
            with ThreadPoolExecutor(max_workers=4) as pool:
                list(pool.map(lambda file: self._check_one(table, file), fresh))
            return
        for file in fresh:
            self._check_one(table, file)

    def forget(self) -> None:
        """Verify everything again at its next use."""
        with self._lock:
            self._good.clear()

    def _known(self, file: DataFile) -> bool:
        seen = self._good.get(file.path)
        return seen is not None and seen == self._files.stat(Path(file.path))

    def _check_one(self, table: TableSnapshot, file: DataFile) -> None:
        path = Path(file.path)
        before = self._files.stat(path)
        wrong = damage(self._files, path, file.size)
        if wrong is None and digest_in_name(file.name) != self._files.sha256(path):
            wrong = (
                "内容与文件名中的 SHA-256 不符（数据被改动或磁盘出错）",
                "does not match the SHA-256 in its name",
            )
        if wrong is None:
            wrong = other_types(table, path)
        if wrong is not None:
            raise corrupt_file(table.name, path, *wrong)
        assert before is not None  # damage() would have said so
        with self._lock:
            self._good[file.path] = before
