"""A table's log folded by hand: what it holds now, from the entries that we write ourselves.

delta-rs takes ten milliseconds a table to say the same, most of it starting its machinery; a city's figures open four.
Only logs are folded here in which every entry stands, says how many lines it has, fits the chain of digests and has
nothing but what this product writes. Of any other log (cut, altered, long, another writer's features) nothing is said:
the caller asks delta-rs, which knows what to make of it. `tests/store/test_fold.py` holds the two together.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from jieyue.store.log import TableLog, parse_entry
from jieyue.store.port import DataFile, TableSnapshot

if TYPE_CHECKING:
    import pyarrow as pa

#: Entries from which delta-rs with its checkpoint is as quick.
MANY_ENTRIES: Final = 200
_PLAIN: Final = re.compile(r"[A-Za-z0-9_=./-]+")
_DECIMAL: Final = re.compile(r"decimal\((\d+),(\d+)\)")
_GROUPS: Final = {"minimum": "minValues", "maximum": "maxValues", "nulls": "nullCount"}


class _UnknownError(Exception):
    """The log says something that is not ours."""


def fold(log: TableLog) -> TableSnapshot | None:
    """The table at its newest entry; None if this log is to be left to delta-rs."""
    versions = log.versions()
    if not versions or len(versions) > MANY_ENTRIES or versions != list(range(len(versions))):
        return None
    try:
        return _folded(log, len(versions))
    except (_UnknownError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _folded(log: TableLog, count: int) -> TableSnapshot:
    metadata: Mapping[str, Any] = {}
    commits: list[list[Mapping[str, Any]]] = []
    removed: dict[str, int] = {}
    digest = None
    for version in range(count):
        data = log.files.read(log.entry_path(version))
        actions = None if data is None else parse_entry(data)
        if data is None or actions is None:
            raise _UnknownError
        ours = actions[0]["commitInfo"]["jieyue"]
        if ours["lines"] != len(actions) or ours.get("previous") != digest:
            raise _UnknownError
        digest = hashlib.sha256(data).hexdigest()
        adds = []
        for action in actions[1:]:
            ((kind, said),) = action.items()
            if kind == "add":
                adds.append(said)
            elif kind == "remove":
                removed[said["path"]] = version
            elif kind == "metaData":
                metadata = said
            elif kind == "protocol":
                _check_protocol(said)
            elif kind != "txn":
                raise _UnknownError
        commits.append(adds)
    schema = _schema(metadata["schemaString"])
    partition_by = tuple(metadata["partitionColumns"])
    files = [
        _file(log, add, schema, partition_by)
        for version in reversed(range(count))
        for add in commits[version]
        if removed.get(add["path"], -1) <= version
    ]
    if len({file.name for file in files}) != len(files):
        raise _UnknownError
    return TableSnapshot(log.table, count - 1, schema, partition_by, tuple(files))


def _check_protocol(said: Mapping[str, Any]) -> None:
    if said["minReaderVersion"] != 1 or said["minWriterVersion"] > 2 or len(said) != 2:
        raise _UnknownError


def _schema(text: str) -> "pa.Schema":
    import pyarrow as pa

    kinds = {
        "long": pa.int64(),
        "integer": pa.int32(),
        "short": pa.int16(),
        "byte": pa.int8(),
        "string": pa.string(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "double": pa.float64(),
        "timestamp": pa.timestamp("us", tz="UTC"),
    }
    fields = []
    for said in json.loads(text)["fields"]:
        name = said["type"]
        decimal = _DECIMAL.fullmatch(name)
        kind = pa.decimal128(int(decimal[1]), int(decimal[2])) if decimal else kinds[name]
        if said["metadata"]:
            raise _UnknownError
        fields.append(pa.field(said["name"], kind, said["nullable"]))
    return pa.schema(fields)


def _file(
    log: TableLog, add: Mapping[str, Any], schema: "pa.Schema", partition_by: tuple[str, ...]
) -> DataFile:
    partition, stats, path = add["partitionValues"], json.loads(add["stats"]), add["path"]
    folder = "".join(f"{column}={partition[column]}/" for column in partition_by)
    unknown = add.get("deletionVector") or not _PLAIN.fullmatch(path) or len(partition) != len(partition_by)
    if unknown or path.rpartition("/")[0] != folder.rstrip("/"):
        raise _UnknownError
    numbers = {name: stats.get(said, {}) for name, said in _GROUPS.items()}
    for found in numbers.values():
        if any(type(value) is not int or schema.get_field_index(name) < 0 for name, value in found.items()):
            raise _UnknownError
    return DataFile(
        name=path,
        path=str(log.root / path),
        size=add["size"],
        rows=stats["numRecords"],
        partition={column: str(partition[column]) for column in partition_by},
        **numbers,
    )
