"""Whether what is stored of the returns is still what was published: lake, office and log held against each other.

The lake's rows are compared with the rows that the office's versions give, cell by cell; each version with its own
digest; all versions of a publication with the Merkle root that its entry in the action log holds. Where office and lake
differ, that side was altered which is not what was sealed (verify_sides.py). Nothing is mended: what differs is named,
with the publication that brought it and when.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from django.db.models import QuerySet

from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.models import Publication
from jieyue.apps.registry.queries import labels_of
from jieyue.apps.returns.lake import derive, forms, schema
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.returns.verify_sides import digest_of, root_differs, sealed_in_lake
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text
from jieyue.store.schema import facts_table
from jieyue.store.series import read_rows

#: Where something was changed: the lake's row, the office's version, a row that one of them has not, the publication;
#: or a file of the lake that cannot be read.
LAKE, OFFICE, LOST, ADDED, ROOT, FILE = "lake", "office", "lost", "added", "root", "file"


@dataclass(frozen=True)
class CellApart:
    """One item: what the office holds and what the lake has; None is missing or not used. Where the office was altered,
    the lake's is what was published."""

    item: str
    office: str | None
    lake: str | None


@dataclass(frozen=True)
class Altered:
    """One return that is not as it was published; at `root` a whole publication, at `file` a file (its name).

    seq, at: the publication that brought it, and when (UTC).
    """

    where: str
    form: str
    seq: int | None = None
    at: str = ""
    subject: int | None = None
    code: str = ""
    name: str = ""
    period: str = ""
    instance: str = ""
    cells: tuple[CellApart, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON object."""
        return asdict(self)


def altered(form: str, periods: Sequence[Period] = ()) -> list[Altered]:
    """What of a form is not as it was published; of these periods only, if any are named. One year at a time."""
    if form not in forms():
        raise ValueError(f"{form} has no facts")
    wanted = {str(period) for period in periods}
    found: dict[Altered, None] = {}
    for year in sorted({period.year for period in periods} or _years(form)):
        found.update(dict.fromkeys(_of_year(form, year, wanted)))
    return _named(list(found))


def _years(form: str) -> set[int]:
    """All years of which the lake or the office has a return."""
    texts = Return.objects.filter(form=form).order_by().values_list("period", flat=True).distinct()
    lake, name = open_lake(), facts_table(form)
    files = lake.snapshot([name]).tables[name].files if name in lake.tables() else ()
    return {Period.parse(text).year for text in texts} | {int(file.partition["year"]) for file in files}


def _of_year(form: str, year: int, wanted: set[str]) -> Iterator[Altered]:
    stored, broken = _stored(form, year)
    yield from (Altered(FILE, form, name=file) for file in broken)
    versions = ReturnVersion.objects.filter(parent__form=form, parent__period__startswith=str(year))
    if wanted:
        versions = versions.filter(parent__period__in=wanted)
        stored = stored.filter(pl.col("period").is_in(list(wanted)))
    for seq in sorted({*versions.values_list("seq", flat=True).distinct(), *stored["seq"].to_list()}):
        yield from _of_publication(form, seq, versions.filter(seq=seq), stored.filter(pl.col("seq") == seq))


def _stored(form: str, year: int) -> tuple[pl.DataFrame, list[str]]:
    """The lake's rows of a year as they lie there, whoever wrote them, and the files that nobody can read any more."""
    lake, name, empty = open_lake(), facts_table(form), _frame(schema(form).empty_table())
    if name not in lake.tables():
        return empty, []
    table = lake.snapshot([name]).tables[name]
    frames, broken = [empty], []
    for file in table.files:
        if file.partition["year"] != str(year):
            continue
        try:
            held = {*pq.read_schema(file.path).names, *table.partition_by}
            names = [column for column in schema(form).names if column in held]
            frames.append(_frame(read_rows(table, [file], names)))
        except (OSError, pa.ArrowException):
            broken.append(Path(file.path).name)
    frame = pl.concat(frames, how="diagonal").sort("version")
    origins = pl.col([column for column in frame.columns if column[0] == "o" and column[1].isalnum()])
    return frame.with_columns(origins.fill_null(0)), broken


def _frame(table: pa.Table) -> pl.DataFrame:
    found = pl.from_arrow(table)
    assert isinstance(found, pl.DataFrame)
    return found.sort("version")


def _of_publication(
    form: str, seq: int, versions: QuerySet[ReturnVersion], stored: pl.DataFrame
) -> Iterator[Altered]:
    done = Publication.objects.filter(seq=seq).select_related("log").first()
    at = done.at.isoformat() if done else ""
    given = derive(form)(seq)
    office = _frame(given if given is not None else schema(form).empty_table())
    office = office.filter(pl.col("version").is_in(list(versions.values_list("pk", flat=True))))
    there = stored.select(office.columns)
    apart = list(_apart(office, there))
    both = {one["version"] for one in apart if one["where"] == LAKE}
    wrong, asked = [], []
    for row in versions.select_related("parent").order_by("id").iterator(2_000):
        if digest_of(row) != row.digest:
            wrong.append(row)
        if row.pk in both:
            asked.append(row)
    rows = {row["version"]: row for row in there.filter(pl.col("version").is_in(both)).iter_rows(named=True)}
    by_office = sealed_in_lake(done, asked, rows) if asked else set()
    for one in apart:
        said = {**one, "where": OFFICE} if one["version"] in by_office else one
        yield Altered(form=form, seq=seq, at=at, **{name: said[name] for name in said if name != "version"})
    for row in (one for one in wrong if one.pk not in by_office):
        yield Altered(
            OFFICE, form, seq, at,
            subject=row.parent.subject, period=row.parent.period, instance=row.parent.instance,
        )  # fmt: skip
    if done is None or root_differs(done):  # both are written with the versions: one without is not whole
        yield Altered(ROOT, form, seq, at)


def _apart(office: pl.DataFrame, lake: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows that differ, by version; a version that the lake has twice counts twice in every sum."""
    if office.equals(lake):
        return
    twice = set(lake.filter(pl.col("version").is_duplicated())["version"])
    apart = twice.union(*(
        one.join(other, on=one.columns, how="anti", nulls_equal=True)["version"]
        for one, other in ((office, lake), (lake, office))
    ))  # fmt: skip
    here, there = (
        {row["version"]: row for row in rows.filter(pl.col("version").is_in(apart)).iter_rows(named=True)}
        for rows in (office, lake)
    )
    for version in sorted(apart):
        one, other = here.get(version), there.get(version)
        row = one or other or {}
        where = ADDED if version in twice else LAKE if one and other else LOST if one else ADDED
        yield {
            "version": version,
            "where": where,
            "subject": row["institution"] if row["institution"] is not None else row["node"],
            "period": row["period"],
            "instance": row["instance"],
            "cells": tuple(_cells(one or {}, other or {})),
        }


def _cells(office: dict[str, Any], lake: dict[str, Any]) -> Iterator[CellApart]:
    items = dict.fromkeys(name[1:] for name in (*office, *lake) if name[0] in "co" and name[1:2].isalnum())
    for item in items:
        if f"c{item}" not in (office or lake) or f"o{item}" not in (office or lake):
            continue
        pair = [(row.get(f"c{item}"), row.get(f"o{item}")) for row in (office, lake)]
        if pair[0] != pair[1]:
            yield CellApart(item, *(_text(value) for value, _origin in pair))


def _text(value: Any) -> str | None:
    return None if value is None else fixed_text(int(value * 10_000))


def _named(found: Sequence[Altered]) -> list[Altered]:
    """With code and name of each institution."""
    labels = labels_of([one.subject for one in found if one.subject is not None])
    return [
        replace(one, code=labels[one.subject][0], name=labels[one.subject][1])
        if one.subject in labels
        else one
        for one in found
    ]
