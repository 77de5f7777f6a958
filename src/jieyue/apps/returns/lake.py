"""Which rows of the returns a publication puts into the lake: one wide row per published version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.publication.tables import LakeTable
from jieyue.apps.returns.cells import MISSING, NOT_USED, CellColumns, columns
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.domain.period import Period
from jieyue.store.schema import FACTS_PARTITION, facts_schema, facts_table

#: Forms whose returns feed facts; the basic-information form feeds the registry instead.
ATTRIBUTE_FORMS = frozenset({"NY101"})


@dataclass(frozen=True)
class FactRows:
    """What a fact row needs beside its cells, column by column."""

    versions: Sequence[int]
    replaces: Sequence[int | None]
    subjects: Sequence[int]
    subject_kinds: Sequence[str]
    instances: Sequence[str]
    schemes: Sequence[str]
    periods: Sequence[str]
    methods: Sequence[str]


def forms() -> tuple[str, ...]:
    """Forms with facts: those of the home's catalog with a numeric item of their own."""
    catalog = home_catalog()
    return tuple(
        form.code
        for form in catalog.forms.values()
        if form.code not in ATTRIBUTE_FORMS and not form.summary_of and item_codes(form.code)
    )


def item_codes(form: str) -> tuple[str, ...]:
    """Numeric items of a form over all its schemes, each once, in catalog order."""
    items = home_catalog().items(form)
    return tuple(dict.fromkeys(item.code for item in items if item.value_kind == "number"))


def schema(form: str) -> pa.Schema:
    """The fact table's schema with all items that the catalog has today."""
    return facts_schema(form, item_codes(form))


def arrow(form: str, seq: int, rows: FactRows, cells: CellColumns) -> pa.Table:
    """Fact rows of one form as Arrow, in the order of the table's schema and of the version identifiers."""
    count = len(rows.versions)
    is_node = [kind == Return.Subject.NODE for kind in rows.subject_kinds]
    plain: dict[str, object] = {
        "version": rows.versions,
        "seq": [seq] * count,
        "replaces": rows.replaces,
        "institution": [None if node else s for s, node in zip(rows.subjects, is_node, strict=True)],
        "node": [s if node else None for s, node in zip(rows.subjects, is_node, strict=True)],
        "instance": rows.instances,
        "scheme": rows.schemes,
        "method": rows.methods,
        **period_columns(rows.periods),
    }
    table = wide(form, schema(form), plain, cells)
    return table.sort_by("version") if not _ascending(rows.versions) else table


def period_columns(texts: Sequence[str]) -> dict[str, object]:
    """The columns that say which period a row is of."""
    parsed = {text: Period.parse(text) for text in dict.fromkeys(texts)}
    periods = [parsed[text] for text in texts]
    return {
        "period": texts,
        "kind": [period.kind_letter for period in periods],
        "year": [period.year for period in periods],
        "first_month": [period.first % 12 + 1 for period in periods],
        "last_month": [period.last % 12 + 1 for period in periods],
    }


def wide(form: str, table_schema: pa.Schema, plain: Mapping[str, object], cells: CellColumns) -> pa.Table:
    """Rows of a wide table: `plain` columns as they are, a pair of columns for each item."""
    count = len(cells)
    place = {code: number for number, code in enumerate(cells.codes)}
    if unknown := sorted(set(place) - set(item_codes(form))):
        raise ValueError(f"items that form {form} does not have: {', '.join(unknown)}")
    arrays = []
    for field in table_schema:
        if field.name in plain:
            arrays.append(pa.array(plain[field.name], field.type))
            continue
        kind, code = field.name[0], field.name[1:]
        if code not in place:
            arrays.append(pa.nulls(count, field.type) if kind == "c" else _zeros(count))
        elif kind == "c":
            arrays.append(_decimals(cells.values[:, place[code]], cells.origins[:, place[code]]))
        else:
            arrays.append(pa.array(cells.origins[:, place[code]].astype(np.int8)))
    return pa.Table.from_arrays(arrays, schema=table_schema)


def derive(form: str) -> Callable[[int], pa.Table | None]:
    """The provider of a form's fact rows for a publication, from the office alone."""

    def rows_of(seq: int) -> pa.Table | None:
        found = list(
            ReturnVersion.objects.filter(seq=seq, parent__form=form)
            .order_by("id")
            .values_list(
                "id",
                "replaces",
                "parent__subject",
                "parent__subject_kind",
                "parent__instance",
                "scheme",
                "parent__period",
                "method",
                "cells",
            )
        )
        if not found:
            return None
        *keys, texts = zip(*found, strict=True)
        return arrow(form, seq, FactRows(*keys), columns(texts, item_codes(form)))

    return rows_of


def tables() -> list[LakeTable]:
    """One fact table per form of the home's catalog."""
    return [
        LakeTable(facts_table(form), partial(schema, form), derive(form), FACTS_PARTITION) for form in forms()
    ]


def _decimals(values: NDArray[np.int64], origins: NDArray[np.uint8]) -> pa.Array:
    """int64 ten-thousandths as DECIMAL(18,4); missing and not used become null."""
    wide = np.empty((len(values), 2), dtype=np.int64)
    wide[:, 0] = values
    wide[:, 1] = np.where(values < 0, -1, 0)
    known = (origins != MISSING) & (origins != NOT_USED)
    wide[~known] = 0
    valid = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(pa.decimal128(18, 4), len(values), [valid, pa.py_buffer(wide)])


def _zeros(count: int) -> pa.Array:
    return pa.array(np.zeros(count, dtype=np.int8))


def _ascending(values: Sequence[int]) -> bool:
    return all(a < b for a, b in pairwise(values))
