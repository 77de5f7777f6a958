"""Reads of what institutions use, by carrier and end use, by hour, day or month: from the sums that are stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jieyue.apps.metering.derived import parts_of
from jieyue.apps.metering.lake import USE_DAY, USE_HOUR, USE_MONTH, prepared_lake
from jieyue.apps.metering.months import begin_of, shifted
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.registry.queries import codes_of, number_of
from jieyue.apps.trees.queries import members, tree
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import Bools, Ints
from jieyue.store import DeltaLake, arrays
from jieyue.store.port import DataFile, TableSnapshot

TABLES: Final = {"hour": USE_HOUR, "day": USE_DAY, "month": USE_MONTH}
#: Trees by which institutions are joined when they are asked for: a reorganisation rewrites nothing.
TREES: Final = ("area", "department", "type", "line")
_NUMBERS: Final = ("institution", "start", "parts", "complete", "estimated", "missing")


@dataclass(frozen=True)
class InstitutionUses:
    """N rows by institution, carrier, end use and time.

    carrier, end_use: words (end use empty: the total; `unmetered`: what no meter below shows). use: ten-thousandths, of
    the hours that are known; there: whether any is. parts: points × hours that belong to it; complete (measured or
    calculated), estimated, missing: of these. as_of: (version of the readings, publication) that all of it has reached.
    """

    institution: Ints
    carrier: pa.Array
    end_use: pa.Array
    start: Ints
    use: Ints
    there: Bools
    parts: Ints
    complete: Ints
    estimated: Ints
    missing: Ints
    as_of: tuple[int, int] | None

    def __len__(self) -> int:
        return len(self.start)

    def table(self, scope: str = "") -> pa.Table:
        """scope (the institution's code, if none is said), carrier, end_use, ts, value, completeness and estimated as
        shares of the hours."""
        if scope:
            named = pa.array([scope] * len(self), pa.string())
        else:
            names, place = np.unique(self.institution, return_inverse=True)
            codes = codes_of(names.tolist())
            words = pa.array([codes.get(int(name), str(name)) for name in names], pa.string())
            named = words.take(pa.array(place))
        return pa.table(
            {
                "scope": named,
                "carrier": self.carrier,
                "end_use": self.end_use,
                "ts": pa.array(self.start),
                "value": arrays.decimals(self.use, self.there),
                "completeness": _share(self.complete, self.parts),
                "estimated": _share(self.estimated, self.parts),
            }
        )


def _share(part: Ints, whole: Ints) -> pa.Array:
    """To four decimals, rounded down: a share is 1 only where all of it is known."""
    return arrays.decimals(part * 10_000 // np.maximum(whole, 1), np.ones(len(part), dtype=bool))


def institution_uses(
    grain: str, institutions: Collection[int] | None, span: tuple[int, int], *, end_use: str | None = None
) -> InstitutionUses:
    """What is stored of institutions (None: all) in a span of instants. end_use: this line alone."""
    lake, table = prepared_lake(), TABLES[grain]
    wanted = None if institutions is None else np.array(sorted(institutions), dtype=np.int64)
    low, high = (int(wanted[0]), int(wanted[-1])) if wanted is not None and len(wanted) else (0, 2**62)
    snapshot = lake.snapshot([table]).tables[table]
    files = [file for file in snapshot.files if _holds(file, span, low, high)]
    rows = lake.read(
        table, [*_NUMBERS, "carrier", "end_use", "use"], files=files, spans={"institution": (low, high)}
    )
    if wanted is not None:
        rows = rows.filter(pc.is_in(rows["institution"], pa.array(wanted)))
    columns = {name: arrays.whole(rows[name]) for name in _NUMBERS}
    use, there = arrays.quantities(rows["use"], rows.num_rows)
    mine = (columns["start"] >= span[0]) & (columns["start"] < span[1])
    if end_use is not None:
        mine &= arrays.says(rows["end_use"], end_use)
    return _ordered(
        rows.append_column("_use", pa.array(use)), columns, there, mine, _age(lake, snapshot, files)
    )


def _ordered(
    rows: pa.Table, columns: Mapping[str, Ints], there: Bools, mine: Bools, age: tuple[int, int] | None
) -> InstitutionUses:
    places = np.flatnonzero(mine)
    words = [
        arrays.one(rows[name]).take(pa.array(places)).dictionary_encode() for name in ("carrier", "end_use")
    ]
    ranks = [_ranks(word) for word in words]
    start, institution = columns["start"][places], columns["institution"][places]
    order = np.lexsort((start, ranks[1], ranks[0], institution))
    at = places[order]
    carrier, end_use = (word.take(pa.array(order)).cast(pa.string()) for word in words)
    use = arrays.whole(rows["_use"])
    number = {name: column[at] for name, column in columns.items()}
    return InstitutionUses(
        carrier=carrier, end_use=end_use, use=use[at], there=there[at], as_of=age, **number
    )


def _ranks(words: pa.DictionaryArray) -> Ints:
    """The place of each word among all of them in their order."""
    known = words.dictionary.to_pylist()
    place = {word: n for n, word in enumerate(sorted(known))}
    rank = np.array([place[word] for word in known], dtype=np.int64)
    return rank[arrays.whole(words.indices)] if len(known) else np.zeros(0, dtype=np.int64)


def _holds(file: DataFile, span: tuple[int, int], low: int, high: int) -> bool:
    month = int(file.partition["ym"])
    near = file.minimum.get("institution", low) <= high and file.maximum.get("institution", high) >= low
    return near and begin_of(month) < span[1] and begin_of(shifted(month, 1)) > span[0]


def _age(lake: DeltaLake, table: TableSnapshot, files: Sequence[DataFile]) -> tuple[int, int] | None:
    """The oldest state of the months that were read; None: there is none."""
    months = sorted({f"m{file.partition['ym']}" for file in files})
    states = _kept.get((lake.root, table.name, table.version), dict)
    lacking = [month for month in months if month not in states]
    if lacking:
        states |= lake.last_txns(table.name, lacking)
    last = [states[month] for month in months if month in states]
    return parts_of(min(last)) if last else None


#: States by lake, table and version of its log: a process asks for each once.
_kept = LastFew[dict[str, int]](8)


def added_up(found: InstitutionUses) -> InstitutionUses:
    """All institutions as one (0), by carrier, end use and time."""
    if not len(found):
        return found
    ranks = [_ranks(word.dictionary_encode()) for word in (found.carrier, found.end_use)]
    order = np.lexsort((found.start, ranks[1], ranks[0]))
    heads = heads_of(found.start[order], *(rank[order] for rank in ranks))
    first = pa.array(order[heads])
    use, parts, complete, estimated, missing = (
        np.add.reduceat(one[order], heads)
        for one in (found.use, found.parts, found.complete, found.estimated, found.missing)
    )
    there = np.logical_or.reduceat(found.there[order], heads)
    return InstitutionUses(
        np.zeros(len(heads), dtype=np.int64), found.carrier.take(first), found.end_use.take(first),
        found.start[order][heads], use, there, parts, complete, estimated, missing, found.as_of,
    )  # fmt: skip


def scope_uses(grain: str, scope: str, span: tuple[int, int], day: date) -> InstitutionUses | None:
    """What a scope uses: an institution (its code), or city, area:, department:, type:, line: with the institutions
    that hang there on the day, added up. None: there is no such scope."""
    kind, _, code = scope.partition(":")
    if kind not in (*TREES, "city"):
        number = number_of(code if kind == "institution" else scope, day)
        return None if number is None else institution_uses(grain, [number], span)
    if kind == "city":
        return added_up(institution_uses(grain, None, span))
    view = tree(kind, day)
    node = view.by_code.get(code)
    if node is None:
        return None
    return added_up(institution_uses(grain, members(view.subtree(node.id), kind, day), span))
