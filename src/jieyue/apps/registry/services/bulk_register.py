"""Register many institutions, with their histories, in one publication: a first import, the sample city."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl
import pyarrow as pa

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.events import institutions_created
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.registry.attributes import NAMES, Attributes, make
from jieyue.apps.registry.models import Alias
from jieyue.apps.registry.services.past_duties import PastChange, write_past_duties
from jieyue.apps.registry.services.write import check_codes, write_aliases, write_new
from jieyue.apps.trees.queries import UNIT, node_spans
from jieyue.apps.trees.services.write_fresh import write_fresh_memberships
from jieyue.domain.tree import OPEN_END

_PLACES = {"code", "tree", "target", "valid_from", "valid_to"}
_IDS = {"code": pl.String, "institution": pl.Int64}
_NODES = {"tree": pl.String, "code": pl.String, "node": pl.Int64, "first": pl.Date, "end": pl.Date}


def bulk_register(
    institutions: pl.DataFrame,
    memberships: pl.DataFrame,
    *,
    actor: str,
    aliases: Iterable[tuple[str, str, str, date]] = (),
    changes: Iterable[PastChange] = (),
    reason: str = "",
) -> dict[str, int]:
    """Register new institutions; returns code → id.

    institutions: one row per version: the attributes of attributes.py (quantities in m², persons, vehicles),
    valid_from, valid_to. memberships: code, tree, target (node code; for `unit` the code of the institution that
    reports), valid_from, valid_to. The code stands for one institution throughout. aliases: (code, kind, value,
    valid_from). changes: mergers, splits and closings that the histories hold; with the moves in the reporting line
    they say who files which months. Refused as a whole, with nothing stored, if any row is wrong.
    """
    _check_columns(institutions, {*NAMES, "valid_from", "valid_to"}, {"code", "name", "valid_from"})
    _check_columns(memberships, _PLACES, _PLACES - {"valid_to"})
    versions = [_version(row) for row in institutions.iter_rows(named=True)]
    codes = list(dict.fromkeys(value.code for value, _, _ in versions))
    ids: dict[str, int] = {}
    begun: dict[str, date] = {}
    for value, first, _ in versions:
        begun[value.code] = min(first, begun.get(value.code, first))

    def write(seq: int) -> Mapping[str, pa.Table]:
        ids.update(zip(codes, allocate(len(codes)), strict=True))
        write_new(seq, [(ids[value.code], first, end, value) for value, first, end in versions])
        places = _places(memberships, ids)
        placed = write_fresh_memberships(seq, places)
        write_past_duties(seq, changes, ids, begun, places)
        write_aliases(
            Alias(institution_id=_id(ids, code), kind=kind, value=value, valid_from=day, decided_by=actor)
            for code, kind, value, day in aliases
        )
        check_codes(codes)
        institutions_created.send(sender=None, seq=seq, actor=actor, institutions=tuple(ids.values()))
        return {} if placed is None else {"dim_membership": placed}

    publish(
        "registry.bulk_register",
        actor=actor,
        write=write,
        reason=reason,
        summary=lambda: {"institutions": len(codes), "versions": len(versions), "places": len(memberships)},
    )
    return ids


def _check_columns(frame: pl.DataFrame, known: set[str], needed: set[str]) -> None:
    unknown, missing = sorted(set(frame.columns) - known), sorted(needed - set(frame.columns))
    if unknown or missing:
        raise RefusedError(
            "columns",
            zh=f"列不符：不认识 {unknown}，缺少 {missing}",
            en=f"wrong columns: unknown {unknown}, missing {missing}",
        )


def _version(row: Mapping[str, Any]) -> tuple[Attributes, date, date]:
    values = {name: value for name, value in row.items() if name in NAMES and value is not None}
    return make(values), row["valid_from"], row.get("valid_to") or OPEN_END


def _places(memberships: pl.DataFrame, ids: Mapping[str, int]) -> pl.DataFrame:
    """The memberships with ids for codes; an institution's own unit is said by the absence of another."""
    frame = (
        memberships if "valid_to" in memberships.columns else memberships.with_columns(valid_to=pl.lit(None))
    )
    frame = frame.with_columns(pl.col("valid_to").cast(pl.Date).fill_null(OPEN_END))
    known = pl.DataFrame({"code": list(ids), "institution": list(ids.values())}, schema=_IDS)
    frame = frame.join(known, on="code", how="left", maintain_order="left")
    _refuse_first(frame.filter(pl.col("institution").is_null()), "code", None)
    units = frame.filter(pl.col("tree") == UNIT).join(
        known.rename({"code": "target", "institution": "node"}),
        on="target",
        how="left",
        maintain_order="left",
    )
    _refuse_first(units.filter(pl.col("node").is_null()), "target", None)
    units = units.filter(pl.col("node") != pl.col("institution"))
    _refuse_chains(units)
    spans = [(tree, code, *span) for (tree, code), found in node_spans().items() for span in found]
    nodes = pl.DataFrame(spans, schema=_NODES, orient="row")
    placed = frame.filter(pl.col("tree") != UNIT).with_row_index("place")
    found = placed.join(nodes, left_on=["tree", "target"], right_on=["tree", "code"], how="inner").filter(
        pl.col("first") <= pl.col("valid_from"), pl.col("valid_from") < pl.col("end")
    )
    _refuse_first(placed.join(found, on="place", how="anti"), "target", "tree")
    wanted = ["institution", "tree", "node", "valid_from", "valid_to"]
    return pl.concat([found.select(wanted), units.select(wanted)])


def _refuse_first(rows: pl.DataFrame, column: str, tree: str | None) -> None:
    if rows.is_empty():
        return
    row = rows.row(0, named=True)
    code = row[column]
    if tree is None:
        raise _no_institution(code)
    raise RefusedError(
        "unknown_node",
        zh=f"{row['valid_from']} 时树 {row[tree]} 中没有节点 {code}；请先建立节点或改正编码",
        en=f"tree {row[tree]} has no node {code} on {row['valid_from']}; create it first or mend the code",
        data={"tree": row[tree], "code": code, "day": row["valid_from"].isoformat()},
    )


def _refuse_chains(units: pl.DataFrame) -> None:
    """Nobody reports for others while it is itself reported inside another's return."""
    both = units.join(units, left_on="node", right_on="institution", suffix="_other").filter(
        pl.col("valid_from") < pl.col("valid_to_other"), pl.col("valid_from_other") < pl.col("valid_to")
    )
    if not both.is_empty():
        row = both.row(0, named=True)
        raise RefusedError(
            "unit_chain",
            zh=f"机构 {row['target']} 自己由别的机构代报，不能为 {row['code']} 填报",
            en=f"institution {row['target']} is itself reported inside another's return, "
            f"it cannot report for {row['code']}",
        )


def _id(ids: Mapping[str, int], code: str) -> int:
    if code not in ids:
        raise _no_institution(code)
    return ids[code]


def _no_institution(code: str) -> RefusedError:
    return RefusedError(
        "unknown_institution",
        zh=f"没有编码为 {code} 的机构",
        en=f"there is no institution with the code {code}",
        data={"code": code},
    )
