"""The stored chain as the verifier reads it, and the log as a file, which `offline/exported.py` reads elsewhere."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
from django.db import connection
from django.db.models import Max, Min

from jieyue.apps.audit.models import ActionLog, LogCheckpoint, LogLeaf
from jieyue.apps.audit.offline.brought import SpoiltError
from jieyue.apps.audit.offline.exported import KIND
from jieyue.apps.audit.offline.keys import ROTATE, Rotation, rotation
from jieyue.domain.errors import DomainError
from jieyue.domain.log_chain import AT_THE_START, FIELDS, START, Beginning, Checkpoint, Numbered, canonical
from jieyue.domain.merkle import Frontier, Span, consistency_spans, inclusion_path, leaf_hash, roots_of

_CHUNK = 5000
_NO_END: Final = 2**62


def entry_of(row: Sequence[Any]) -> dict[str, Any]:
    """The entry as it is hashed, from the values of FIELDS in their order."""
    entry = dict(zip(FIELDS, row, strict=True))
    entry["at"] = instant(entry["at"])
    return entry


def instant(at: datetime) -> str:
    """An instant as it is hashed: UTC, microseconds, so that texts sort as times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def standing(public: Callable[[], str]) -> tuple[str, list[Checkpoint], int]:
    """The public key, the kept checkpoints and the last number that belong together: a key may be changed meanwhile."""
    while True:
        key, kept = public(), checkpoints()
        last: int = LogLeaf.objects.aggregate(high=Max("seq"))["high"] or 0
        if public() == key:
            return key, kept, last


def numbered(after: int = 0, until: int = _NO_END) -> Iterator[Numbered]:
    """All leaves above `after` up to `until` in their order, each with its entry, or None where the entry is gone.

    Read by one plain statement: a million entries through model fields take twice the time. What somebody wrote into
    the database that is no text, number or JSON comes out as something that fits no hash.
    """
    statement = _STATEMENT.format(at=_AT[connection.vendor], data=_DATA[connection.vendor])
    names = FIELDS[2:-1]
    while True:
        with connection.cursor() as cursor, _any_bytes("surrogateescape"):
            cursor.execute(statement, [after, until, _CHUNK])
            rows = cursor.fetchall()
        for seq, leaf, head, number, at, data, *plain in rows:
            if number is None:
                yield Numbered(seq, leaf, head, None)
                continue
            entry = dict(zip(names, plain, strict=True))
            entry["id"], entry["at"] = number, _instant_of(at)
            content = _quickly(entry, data)
            if (
                leaf_hash(content).hex() != leaf
            ):  # changed, or a number that the quick reader writes otherwise
                entry["data"], content = _loaded(data), b""
            yield Numbered(seq, leaf, head, entry, content)
        if len(rows) < _CHUNK:
            return
        after = rows[-1][0]


_STATEMENT: Final = (  # own names only
    "SELECT l.seq, l.leaf, l.head, a.id, {at}, {data}, "  # noqa: S608
    + ", ".join(f'a."{name}"' for name in FIELDS[2:-1])
    + " FROM audit_logleaf l LEFT JOIN audit_actionlog a ON a.id = l.entry"
    " WHERE l.seq > %s AND l.seq <= %s ORDER BY l.seq LIMIT %s"
)
_KEPT: Final = (
    "SELECT origin, size, root, {at}, algorithm, key, signature FROM audit_logcheckpoint a ORDER BY size"
)
#: Instants as texts of UTC, JSON as text.
_AT: Final = {
    "sqlite": "CAST(a.at AS TEXT)",
    "postgresql": "to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
}
_DATA: Final = {"sqlite": "CAST(a.data AS TEXT)", "postgresql": "a.data::text"}


@contextmanager
def _any_bytes(errors: str) -> Iterator[None]:
    """SQLite gives texts that are no UTF-8 too: one such text must not keep the rest from being looked at."""
    if connection.vendor != "sqlite":
        yield
        return
    plain = connection.connection.text_factory
    connection.connection.text_factory = partial(str, encoding="utf-8", errors=errors)
    try:
        yield
    finally:
        connection.connection.text_factory = plain


def _loaded(data: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, TypeError):
        return data


def _instant_of(text: Any) -> str:
    """A stored instant as `instant` writes it."""
    text = str(text)
    fraction = "" if len(text) > len("2026-01-01 00:00:00") else ".000000"
    return f"{text[:10]}T{text[11:]}{fraction}+00:00"


def _quickly(entry: dict[str, Any], data: str) -> bytes:
    """Put the data into the entry; its canonical bytes, if the quick reader and writer make no mistake."""
    try:
        entry["data"] = orjson.loads(data)
        return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, TypeError):
        return b""


def checkpoints() -> list[Checkpoint]:
    """The kept checkpoints, the smallest first. What somebody wrote there that is no text or instant fits no signature,
    and is read as `numbered` reads entries."""
    statement = _KEPT.format(at=_AT[connection.vendor])
    with connection.cursor() as cursor, _any_bytes("replace"):
        cursor.execute(statement)
        rows = cursor.fetchall()
    return [Checkpoint(origin, size, root, _instant_of(at), *more) for origin, size, root, at, *more in rows]


def document_of(row: LogCheckpoint) -> Checkpoint:
    """A kept checkpoint as it is handed out."""
    return Checkpoint(row.origin, row.size, row.root, instant(row.at), row.algorithm, row.key, row.signature)


def beginning(since: int) -> Beginning:
    """What stands before the entry of this number."""
    if since <= 1:
        return AT_THE_START
    tree = Frontier()
    before = LogLeaf.objects.filter(seq__lt=since).order_by("seq")
    for leaf in before.values_list("leaf", flat=True).iterator(_CHUNK):
        tree.append(bytes.fromhex(leaf))
    head = before.reverse().values_list("head", flat=True).first() or START.hex()
    return Beginning(tree.size, head, tuple(peak.hex() for peak in tree.peaks))


def roots(spans: Sequence[Span]) -> list[str]:
    """The roots of parts of the log's tree, hex: one walk over the leaves, which keeps O(log n) of them."""
    end = max((high for _low, high in spans), default=0)
    leaves = LogLeaf.objects.filter(seq__lte=end).order_by("seq").values_list("leaf", flat=True)
    return [root.hex() for root in roots_of(map(bytes.fromhex, leaves.iterator(_CHUNK)), spans)]


def path_of(seq: int, size: int) -> list[str]:
    """The hashes from an entry's leaf to the root of the first `size`, hex; read from the kept checkpoint before it on.

    Raises ValueError where leaves are gone.
    """
    kept = LogCheckpoint.objects.filter(size__lt=seq).order_by("-size").first()
    before = Frontier() if kept is None else Frontier(kept.size, map(bytes.fromhex, kept.peaks))
    leaves = LogLeaf.objects.filter(seq__gt=before.size, seq__lte=size).order_by("seq")
    read = map(bytes.fromhex, leaves.values_list("leaf", flat=True).iterator(_CHUNK))
    return [step.hex() for step in inclusion_path(before, read, seq - 1, size)]


def consistency(kept: Iterable[Checkpoint], before: Beginning) -> dict[str, list[str]]:
    """Size of each checkpoint of before a part → the proof that what stands before the part begins with its tree."""
    sizes = {one.size for one in kept if 0 < one.size < before.size}
    return {str(size): roots(consistency_spans(size, before.size)) for size in sorted(sizes)}


def rotations(until: int = 0) -> list[Rotation]:
    """What the log says of its keys, in order; until: up to this entry. One that says it wrong is none."""
    found = []
    for data in ActionLog.objects.filter(verb=ROTATE).order_by("at").values_list("data", flat=True):
        with suppress(SpoiltError):
            found.append(rotation(data, "data"))
    return sorted((one for one in found if not until or one.seq <= until), key=lambda one: one.seq)


def number_on(instant: datetime) -> int:
    """The lowest number of an entry made at that instant or later; beyond the last one if there is none."""
    fresh = ActionLog.objects.filter(at__gte=instant).order_by("id").values("id")
    found = LogLeaf.objects.filter(entry__in=fresh).aggregate(low=Min("seq"))["low"]
    return found or 1 + (LogLeaf.objects.aggregate(high=Max("seq"))["high"] or 0)


class SpoiltLogError(DomainError):
    """An entry holds what no act can have written, and no file can say it."""

    def __init__(self, seq: int) -> None:
        super().__init__(
            "log_spoilt",
            zh=f"第 {seq} 条里有不成文字的内容，写不进文件，没有导出：有人在数据库里改过它；请运行 jieyue verify-log",
            en=f"entry {seq} holds what is no text and fits no file, nothing was exported: somebody changed it in the "
            "database; run jieyue verify-log",
        )


def write_export(
    file: Path,
    rows: Iterable[Numbered],
    kept: Iterable[Checkpoint],
    public: str,
    before: Beginning = AT_THE_START,
    proofs: Mapping[str, Sequence[str]] | None = None,
    earlier: Sequence[Rotation] = (),
) -> int:
    """The log as JSON lines: a head, the entries, the checkpoints; returns the number of entries.

    before: what stands before its first entry, if that is not the log's first. proofs: `consistency`.
    earlier: the changes of keys before it.
    """
    try:
        return _write(file, rows, kept, public, before, proofs, earlier)
    except BaseException:  # the half of a log would pass for the whole of a shorter one
        file.unlink(missing_ok=True)
        raise


def _write(
    file: Path,
    rows: Iterable[Numbered],
    kept: Iterable[Checkpoint],
    public: str,
    before: Beginning,
    proofs: Mapping[str, Sequence[str]] | None,
    earlier: Sequence[Rotation],
) -> int:
    count = 0
    said: dict[str, Any] = {"kind": KIND, "version": 1, "public_key": public}
    if before.size:
        said["before"] = {"size": before.size, "head": before.head, "peaks": list(before.peaks)}
        said["consistency"] = dict(proofs or {})
        said["keys"] = [one.data() for one in earlier]
    with file.open("wb") as out:
        out.write(canonical(said) + b"\n")
        for row in rows:
            line = {"seq": row.seq, "leaf": row.leaf, "head": row.head, "entry": row.entry}
            try:
                out.write(canonical(line) + b"\n")
            except (TypeError, ValueError) as error:
                raise SpoiltLogError(row.seq) from error
            count += 1
        for one in kept:
            if one.size >= before.size:
                out.write(canonical({"checkpoint": vars(one)}) + b"\n")
    return count
