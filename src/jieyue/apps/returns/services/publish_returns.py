"""Publish returns: whole versions in, one publication out."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db import connection

from jieyue.apps.publication.bulk import insert_rows
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.models import Publication
from jieyue.apps.publication.rules import home_catalog, keep_catalog
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.returns.batch import ReturnsBatch
from jieyue.apps.returns.cells import texts
from jieyue.apps.returns.digests import version_digest
from jieyue.apps.returns.lake import FactRows, arrow
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.returns.queries import refuse_under_review, stored
from jieyue.domain.merkle import merkle_root
from jieyue.domain.period import Period
from jieyue.domain.workflow import credit_file
from jieyue.store.failpoint import failpoint
from jieyue.store.schema import facts_table


@dataclass(frozen=True)
class _Written:
    table: pa.Table
    digests: Sequence[str]


def publish_returns(
    batches: Sequence[ReturnsBatch],
    *,
    actor: str,
    method: str = "import",
    reason: str = "",
    kind: str = "returns.publish",
    about: Mapping[str, object] | None = None,
    within: Callable[[], None] | None = None,
) -> Publication:
    """Store each row as the return's next version, approve it, and put it into the lake: without a review.

    A return that has a published version gets a new one that replaces it: merging cells and asking for a
    reason is the caller's business. `within` is called in the same office transaction, after the rows are written.
    One log entry holds the Merkle root over all versions' digests. The actor is who entered the cells, and nobody
    has approved them. Raises RefusedError where a return is submitted, or approved and still being published.
    """
    digests: list[str] = []
    counts: dict[str, int] = {}

    def write(seq: int) -> dict[str, pa.Table]:
        tables: dict[str, list[pa.Table]] = {}
        for batch in batches:
            written = _write(batch, seq, method=method, reason=reason, actor=actor)
            failpoint("returns.after_batch")
            digests.extend(written.digests)
            counts[batch.form] = counts.get(batch.form, 0) + len(written.digests)
            tables.setdefault(facts_table(batch.form), []).append(written.table)
        if within is not None:
            within()
        return {name: pa.concat_tables(parts).sort_by("version") for name, parts in tables.items()}

    def summary() -> dict[str, object]:
        root = merkle_root([bytes.fromhex(digest) for digest in digests])
        return {"returns": counts, "method": method, "merkle_root": root, **(about or {})}

    return publish(kind, actor=actor, write=write, reason=reason, summary=summary)


def _write(batch: ReturnsBatch, seq: int, *, method: str, reason: str, actor: str) -> _Written:
    catalog = home_catalog()
    keep_catalog(catalog)
    keys = batch.keys
    before = stored(batch.form, keys, lock=True)
    refuse_under_review(before)
    schemes = {p: catalog.scheme_on(Period.parse(p).last_day).code for p in dict.fromkeys(batch.periods)}
    units = {code: catalog.item(f"{batch.form}:{code}").unit for code in batch.cells.codes}
    documents = texts(batch.cells, units)
    versions = allocate(len(keys))
    fresh = iter(allocate(sum(1 for key in keys if key not in before)))
    new_returns, new_versions, updates, digests, replaced = [], [], [], [], []
    imported = json.dumps(credit_file({}, actor))
    for place, key in enumerate(keys):
        subject, period, instance = key
        old = before.get(key)
        parent = old.id if old else next(fresh)
        number = old.number + 1 if old else 1
        base = old.current if old else None
        scheme = schemes[period]
        digest = version_digest(
            batch.form,
            key,
            base=base,
            number=number,
            scheme=scheme,
            catalog=catalog.digest,
            cells=documents[place],
        )
        digests.append(digest)
        replaced.append(base)
        if old is None:
            new_returns.append(
                (
                    parent,
                    subject,
                    batch.subject_kind,
                    batch.form,
                    period,
                    instance,
                    scheme,
                    Return.State.APPROVED.value,
                    "",
                    versions[place],
                    0,
                    0,
                    imported,
                    "[]",
                    None,
                    False,
                )
            )
        else:
            entered = credit_file(old.entered_by, actor)
            updates.append(
                (Return.State.APPROVED.value, versions[place], scheme, json.dumps(entered), parent)
            )
        new_versions.append(
            (
                versions[place],
                parent,
                number,
                base,
                documents[place],
                digest,
                scheme,
                catalog.digest,
                method,
                reason,
                seq,
                "",
            )
        )
    _insert(Return, new_returns)
    _insert(ReturnVersion, new_versions)
    _advance(updates)
    rows = FactRows(
        versions=list(versions),
        replaces=replaced,
        subjects=[key[0] for key in keys],
        subject_kinds=[batch.subject_kind] * len(keys),
        instances=[key[2] for key in keys],
        schemes=[schemes[key[1]] for key in keys],
        periods=[key[1] for key in keys],
        methods=[method] * len(keys),
    )
    return _Written(arrow(batch.form, seq, rows, batch.cells), digests)


def _insert(model: type[Return] | type[ReturnVersion], rows: Sequence[tuple[Any, ...]]) -> None:
    """Plain rows: model objects for half a million would take minutes."""
    insert_rows(model, [str(field.column) for field in model._meta.concrete_fields], rows)


def _advance(updates: Sequence[tuple[Any, ...]]) -> None:
    table = connection.ops.quote_name(Return._meta.db_table)
    if updates:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET state = %s, current = %s, scheme = %s, entered_by = %s, "  # noqa: S608 own names
                "draft = '', step = 0, revision = revision + 1 WHERE id = %s",
                updates,
            )
