"""Series in the lake (readings, intervals): whole rows of chosen files, and which files are new since a version."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from jieyue.store.log import TableLog, parse_entry
from jieyue.store.port import DataFile, TableSnapshot

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_FEW_GROUPS = 4  # handing out less than this costs more than it saves
Spans: TypeAlias = Mapping[str, tuple[int, int]]


def read_rows(
    table: TableSnapshot, files: Sequence[DataFile], columns: Sequence[str], spans: Spans | None = None
) -> "pa.Table":
    """The columns of some files, partition columns from their folders; no rows if there are no files.

    spans: column → (least, greatest): row groups that cannot hold such a value are passed over.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([table.schema.field(name) for name in columns])
    stored = [name for name in columns if name not in table.partition_by]
    parts = []
    for file in files:
        with pq.ParquetFile(file.path) as opened:
            groups = _groups(opened, spans or {})
            rows = opened.read_row_groups(groups, columns=stored, use_threads=len(groups) > _FEW_GROUPS)
        made = [
            pa.repeat(pa.scalar(int(file.partition[name]), schema.field(name).type), rows.num_rows)
            if name in table.partition_by
            else rows[name]
            for name in columns
        ]
        parts.append(pa.Table.from_arrays(made, names=list(columns)).cast(schema))
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _groups(file: "pq.ParquetFile", spans: Spans) -> list[int]:
    """Row groups that can hold values of the spans, by their statistics."""
    metadata, found = file.metadata, []
    places = {metadata.schema.column(n).name: n for n in range(metadata.num_columns)}
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for column, (least, greatest) in spans.items():
            said = row_group.column(places[column]).statistics
            if said is not None and said.has_min_max and (said.max < least or said.min > greatest):
                break
        else:
            found.append(group)
    return found


def added_files_since(log: TableLog, table: TableSnapshot, version: int) -> list[DataFile]:
    """Files with rows that commits after `version` brought."""
    if version < 0:
        return list(table.files)
    names: set[str] = set()
    partitions: set[tuple[tuple[str, str], ...]] = set()
    present = {file.name for file in table.files}
    for number in range(version + 1, table.version + 1):
        data = log.files.read(log.entry_path(number))
        for action in parse_entry(data or b"") or []:
            added = action.get("add")
            if added is None or not added.get("dataChange", True):
                continue
            if added["path"] in present:
                names.add(added["path"])
            else:
                partitions.add(tuple(sorted((k, str(v)) for k, v in added["partitionValues"].items())))
    return [
        file
        for file in table.files
        if file.name in names or tuple(sorted(file.partition.items())) in partitions
    ]
