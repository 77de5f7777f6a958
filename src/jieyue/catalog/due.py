"""When a return is due where the authority has said nothing: the product's default, with its source and its doubt."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from jieyue.catalog.strict import CatalogError

_FILE = Path(__file__).parent / "deadlines" / "default.csv"
_COLUMNS = (
    "form", "kind", "opens_days", "due_months", "due_days", "official", "source", "document", "verified",
    "note_zh", "note_en",
)  # fmt: skip
ANY = "*"


@dataclass(frozen=True, slots=True)
class DueRule:
    """Days counted from a period's last day; months are whole: their last day."""

    form: str
    kind: str
    opens_days: int
    due_months: int
    due_days: int
    official: str
    source: str
    document: str
    verified: str
    note_zh: str
    note_en: str


def days_after(last_day: date, months: int, days: int) -> date:
    """The day `days` after the last day of the month that lies `months` after that of `last_day`.

    >>> days_after(date(2026, 10, 31), 0, 20), days_after(date(2027, 12, 31), 3, 0)
    (datetime.date(2026, 11, 20), datetime.date(2028, 3, 31))
    """
    month = last_day.year * 12 + last_day.month - 1 + months + 1
    return date(month // 12, month % 12 + 1, 1) + timedelta(days=days - 1)


@lru_cache(maxsize=1)
def default_rules() -> Mapping[tuple[str, str], DueRule]:
    """(form or `*`, letter of the kind of period) → rule. Raises CatalogError."""
    with _FILE.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    found = {}
    for place, row in enumerate(rows, start=2):
        if tuple(row) != _COLUMNS or None in row.values():
            raise CatalogError(_FILE.name, place, None, "列不对", "wrong columns")
        found[row["form"], row["kind"]] = DueRule(
            form=row["form"],
            kind=row["kind"],
            opens_days=int(row["opens_days"]),
            due_months=int(row["due_months"]),
            due_days=int(row["due_days"]),
            official=row["official"],
            source=row["source"],
            document=row["document"],
            verified=row["verified"],
            note_zh=row["note_zh"],
            note_en=row["note_en"],
        )
    return found


def default_rule(form: str, kind: str) -> DueRule | None:
    """The form's own default, else that of its kind of period; None for a kind that has none."""
    rules = default_rules()
    return rules.get((form, kind)) or rules.get((ANY, kind))
