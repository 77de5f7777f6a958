"""Who files which months of the years that a registered history broke: the rules of the verbs, for many at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.duties import Duty, duty_before, duty_from, duty_of_ended, store_duties
from jieyue.apps.trees.queries import Tree

VERBS = ("merge", "split", "close")


@dataclass(frozen=True, slots=True)
class PastChange:
    """A reorganisation that a history holds already, by codes.

    merge: `institution` ended on `day` and went into `other`. split: `institution` began on `day` out of `other`,
    which went on. close: `institution` ended on `day`; its own users file.
    """

    verb: str
    institution: str
    day: date
    other: str = ""


def write_past_duties(
    seq: int,
    changes: Iterable[PastChange],
    ids: Mapping[str, int],
    begun: Mapping[str, date],
    placed: pl.DataFrame,
) -> int:
    """Store the duties as `merge`, `split`, `close` and `transfer` would have; their number.

    ids, begun: code → institution, first day. placed: institution, tree, node, valid_from, valid_to; a change of
    the node of the reporting line from one day to the next is a transfer.
    """
    by_verb: dict[str, list[Duty]] = {verb: [] for verb in (*VERBS, "transfer")}
    first = {number: begun[code] for code, number in ids.items()}
    by_verb["transfer"] = _transfers(placed, first)
    for change in sorted(changes, key=lambda change: (change.day, change.institution)):
        number, other = _id(ids, change.institution), _id(ids, change.other or change.institution)
        own = by_verb[change.verb]
        if change.verb == "split":
            own += [*duty_from(other, other, change.day), *duty_from(number, number, change.day)]
            continue
        own += duty_of_ended(number, other, change.day, begun=first[number])
        if change.verb == "merge":
            own += duty_from(other, other, change.day)
    for verb in ("transfer", *VERBS):
        store_duties(seq, verb, list(dict.fromkeys(by_verb[verb])))
    return sum(len(duties) for duties in by_verb.values())


def _transfers(placed: pl.DataFrame, first: Mapping[int, date]) -> list[Duty]:
    line = placed.filter(pl.col("tree") == Tree.LINE).sort("institution", "valid_from")
    before = line.select(pl.all().shift(1).name.suffix("_before"))
    moved = pl.concat([line, before], how="horizontal").filter(
        pl.col("institution") == pl.col("institution_before"),
        pl.col("valid_from") == pl.col("valid_to_before"),
        pl.col("node") != pl.col("node_before"),
    )
    duties: list[Duty] = []
    for row in moved.sort("valid_from", "institution").iter_rows(named=True):
        number, day = row["institution"], row["valid_from"]
        duties += duty_before(number, number, day, begun=first[number], collector=row["node_before"])
        duties += duty_from(number, number, day, collector=row["node"])
    return duties


def _id(ids: Mapping[str, int], code: str) -> int:
    if code not in ids:
        raise RefusedError(
            "unknown_institution",
            zh=f"没有编码为 {code} 的机构",
            en=f"there is no institution with the code {code}",
            data={"code": code},
        )
    return ids[code]
