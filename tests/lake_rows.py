"""The rows of a lake table as they stand in its files, superseded ones included."""

from typing import Any

import pyarrow.parquet as pq

from jieyue.apps.publication.lake import open_lake


def lake_rows(table: str) -> list[dict[str, Any]]:
    """All rows by row id; none where there is no table."""
    lake = open_lake()
    if table not in lake.tables():
        return []
    files = lake.snapshot([table]).tables[table].files
    rows = [row for file in files for row in pq.read_table(file.path, partitioning=None).to_pylist()]
    return sorted(rows, key=lambda row: row["row_id"])
