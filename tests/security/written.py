"""Every text field of the office database, and the corpus written into all of them behind the services' backs.

Nothing is listed that the models say themselves: a new text field is written into, and has to be seen on some page
(test_scripts_in_texts.py). CODED names what holds words of the program's own, which no person and no file gives."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from tests.security.corpus import texts

#: Names of fields with words of the program or the catalog, digests, and texts that a parser of ours wrote.
CODED = frozenset(
    {"after", "algorithm", "appearance", "before", "carrier", "catalog", "cells", "code", "contents",
     "coord_sys", "digest", "direction", "draft", "end_use", "form", "forms", "formula", "frame",
     "frame_digest", "head", "heating", "indicator", "instance", "item", "key", "kind", "language",
     "leaf", "level", "merkle_root", "office_mode", "origin", "part", "password", "period", "periods",
     "plan", "previous", "profile", "request_id", "role", "rooms", "rule", "ruleset", "ruleset_digest",
     "scheme", "scope", "seed", "segment", "session", "severity", "sha256", "share", "signature",
     "strata", "stratum", "task", "tree", "unit", "verb", "verbs", "version", "version_digest", "weight"}
)  # fmt: skip
#: The same, of fields whose names elsewhere hold a person's words.
CODED_HERE = frozenset(
    {"audit.ActionLog.object", "audit.ActionLog.source", "audit.LogCheckpoint.root", "exchange.Profile.text",
     "identity.SharedView.path",
     "jointreview.JointItem.state", "metering.Calibration.serial", "metering.ReadingBatch.source",
     "metering.PointVersion.no_value", "metering.ToBeMetered.meter", "papers.ReturnedFile.made_from",
     "returns.ReturnVersion.method", "review.ReviewFinding.value", "spotchecks.SpotCheck.method"}
)  # fmt: skip
#: Texts that no two rows may share.
_KEYS = frozenset({"username"})


def text_fields() -> Iterator[tuple[type[models.Model], models.Field[Any, Any]]]:
    """(table, field) of every text that the product's own tables keep, but words out of a fixed choice."""
    for table in apps.get_models():
        if not table.__module__.startswith("jieyue."):
            continue
        for field in table._meta.fields:
            text = isinstance(field, (models.CharField, models.TextField, models.JSONField))
            coded = field.name in CODED or named(table, field) in CODED_HERE
            if text and not (field.choices or field.primary_key or coded):
                yield table, field


def named(table: type[models.Model], field: models.Field[Any, Any]) -> str:
    """As `registry.InstitutionVersion.name`."""
    return f"{table._meta.label}.{field.name}"


def token(number: int) -> str:
    """What tells the texts of the field with this number from all others, in any page."""
    return f"§{number:03d}§"


def write(stride: int = 0) -> dict[str, int]:
    """Write into each text field of each row; field → its number. Each row, and each stride, begins elsewhere in the
    corpus."""
    unlock()
    made = {}
    for number, (table, field) in enumerate(text_fields()):
        made[named(table, field)] = number

        def value(row: models.Model, place: int, field: Any = field, number: int = number) -> Any:
            start = number * 7 + place * 11 + stride
            text = _value(field, getattr(row, field.attname), number, start)
            return f"{place}{text}" if field.name in _KEYS else text

        hold(table, field, value)
    return made


def hold(
    table: type[models.Model], field: models.Field[Any, Any], value: Callable[[models.Model, int], Any]
) -> None:
    """Give the field of each row what `value` says of the row and its place."""
    every = models.QuerySet(table)  # the log's own manager refuses to change it
    rows = list(every.order_by("pk"))
    assert rows, f"{table._meta.label}: the world has no row of it; give it one"
    for place, row in enumerate(rows):
        _date_of(row, field)
        setattr(row, field.attname, value(row, place))
    dates = [f"{field.name[:-3]}_at"] if _dated(table, field) else []
    every.bulk_update(rows, [field.attname, *dates], batch_size=100)


def _dated(table: type[models.Model], field: models.Field[Any, Any]) -> bool:
    return field.name.endswith("_by") and f"{field.name[:-3]}_at" in {f.name for f in table._meta.fields}


def _date_of(row: models.Model, field: models.Field[Any, Any]) -> None:
    """Whoever did something did it at some time."""
    if _dated(type(row), field) and getattr(row, f"{field.name[:-3]}_at") is None:
        setattr(row, f"{field.name[:-3]}_at", timezone.now())


def unlock() -> None:
    """The log, too, may be rewritten here: its triggers go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


def _value(field: models.Field[Any, Any], held: Any, number: int, start: int) -> Any:
    if isinstance(field, models.JSONField):
        return _in_json(held, number, start, free=False)
    return _text(number, start, field.max_length)


def _text(number: int, start: int, room: int | None) -> str:
    return token(number) + " ".join(texts(start, room))


_WORD = re.compile(r"[\w.:%+/-]*", re.ASCII)


def _in_json(held: Any, number: int, start: int, *, free: bool) -> Any:
    """Texts in it that are no words of the program; whatever a finding says of a file is the file's."""
    if isinstance(held, dict):
        return {
            key: _in_json(value, number, start, free=free or key == "facts") for key, value in held.items()
        }
    if isinstance(held, list):
        return [_in_json(value, number, start + place, free=free) for place, value in enumerate(held)]
    if isinstance(held, str) and (free or not _WORD.fullmatch(held)):
        return _text(number, start, 200)
    return held


def fill_up(given: dict[str, Any]) -> None:
    """A row for each table that has none. given: "app.Table.field" → what it holds there."""
    empty = [
        table
        for table in apps.get_models()
        if table.__module__.startswith("jieyue.") and not table._default_manager.exists()
    ]
    for table in empty:
        _one_row(table, given)


def _one_row(table: type[models.Model], given: dict[str, Any]) -> Any:
    values: dict[str, Any] = {}
    for field in table._meta.fields:
        name = named(table, field)
        if name in given:
            values[field.attname] = given[name]
        elif isinstance(field, models.AutoField) or field.has_default():
            continue
        else:
            values[field.attname] = _ordinary(field, given)
    return table._default_manager.create(**values)


def _ordinary(field: models.Field[Any, Any], given: dict[str, Any]) -> Any:
    if field.null and field.name not in ("text", "value"):
        return None
    if isinstance(field, models.ForeignKey):
        other = field.related_model
        assert isinstance(other, type)
        first = other._default_manager.order_by("pk").first() or _one_row(other, given)
        return first.pk
    if field.choices:
        return next(iter(field.choices))[0]
    common = {"form": "NY201", "period": "2026-09", "item": "110", "carrier": "electricity", "scope": "city",
              "indicator": "energy_total_tce"}  # fmt: skip
    if isinstance(field, models.JSONField):
        return {}
    if isinstance(field, (models.CharField, models.TextField)):
        return common.get(field.name, "x" if not field.unique else f"x-{field.name}")
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return date(2099, 1, 1) if field.name == "valid_to" else date(2020, 1, 1)
    if isinstance(field, models.DurationField):
        return timedelta(0)
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.BinaryField):
        return b""
    return 1
