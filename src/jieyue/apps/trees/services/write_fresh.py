"""Writing the places of institutions that are made in the same publication: whole columns at once."""

import polars as pl
import pyarrow as pa

from jieyue.apps.publication.bulk import insert_rows
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.ids import allocate
from jieyue.apps.trees.models import Membership
from jieyue.store.schema import dim_membership

COLUMNS = ("id", "seq", "replaces", "gone", "valid_from", "valid_to", "institution", "tree", "node")


def write_fresh_memberships(seq: int, frame: pl.DataFrame) -> pa.Table | None:
    """Insert first places: institution, tree, node, valid_from, valid_to; returns the rows for the lake.

    Refuses an empty span, or two places of an institution in one tree on one day.
    """
    if frame.is_empty():
        return None
    ordered = frame.sort("institution", "tree", "valid_from")
    empty = ordered.filter(pl.col("valid_from") >= pl.col("valid_to"))
    same = (pl.col("institution") == pl.col("institution").shift()) & (
        pl.col("tree") == pl.col("tree").shift()
    )
    double = ordered.filter(same & (pl.col("valid_from") < pl.col("valid_to").shift()))
    for code, zh, en, rows in (
        ("interval_empty", "有效期为空", "an empty span", empty),
        ("interval_overlap", "同一树中同一天有两个归属", "two places in one tree on one day", double),
    ):
        if not rows.is_empty():
            row = rows.row(0, named=True)
            shown = f"{row['institution']} {row['tree']} {row['valid_from']}"
            raise RefusedError(code, zh=f"{zh}：{shown}", en=f"{en}: {shown}")
    ids = allocate(ordered.height)
    full = ordered.with_columns(
        pl.Series("id", range(ids.start, ids.stop), dtype=pl.Int64),
        pl.lit(seq, pl.Int64).alias("seq"),
        pl.lit(None, pl.Int64).alias("replaces"),
        pl.lit(value=False).alias("gone"),
    )
    texts = full.with_columns(pl.col("valid_from", "valid_to").dt.to_string("%Y-%m-%d"))
    insert_rows(Membership, COLUMNS, texts.select(COLUMNS).rows())
    lake = full.rename({"id": "row_id"}).select(dim_membership().names).to_arrow()
    return lake.cast(dim_membership())
