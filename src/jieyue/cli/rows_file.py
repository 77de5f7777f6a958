"""Rows written to the file that somebody names: CSV or Parquet, by its ending."""

from pathlib import Path
from typing import TYPE_CHECKING

from jieyue.cli.context import emit, options, say, writing

if TYPE_CHECKING:
    import pyarrow as pa


def write_rows(rows: "pa.Table", output: Path) -> None:
    """Write them and say so; a place that cannot be written to is refused."""
    import pyarrow as pa
    import pyarrow.csv as pcsv
    import pyarrow.parquet as pq

    with writing(output):
        if output.suffix.lower() in (".parquet", ".pq"):
            pq.write_table(rows, output, store_decimal_as_integer=True)
        else:
            shown = pa.table(
                {
                    name: rows[name].cast(pa.string()) if pa.types.is_decimal(rows[name].type) else rows[name]
                    for name in rows.column_names
                }
            )
            pcsv.write_csv(shown, output, pcsv.WriteOptions(quoting_style="needed"))
    if options.json:
        emit({"rows": rows.num_rows, "file": str(output)})
    say(f"已写出 {output}：{rows.num_rows} 行", f"wrote {output}: {rows.num_rows} rows")
