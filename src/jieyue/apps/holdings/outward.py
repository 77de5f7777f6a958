"""What institutions own as the file that it comes in by: a row for each span of days, in the home's words."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from jieyue.apps.holdings.models import HoldingSpan
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import codes_of
from jieyue.catalog.holdings import FIXED, Holdings
from jieyue.domain.quantity import from_fixed
from jieyue.domain.tree import OPEN_END

_FRONT: Final = ("institution", "kind", "code", "name")
_BACK: Final = ("valid_from", "valid_to", "source")


def heads(rules: Holdings, kind: str = "") -> list[str]:
    """The columns of a file: of a kind, or of all kinds."""
    return [*_FRONT, *_fields(rules, kind), *_BACK]


def titles(rules: Holdings, kind: str = "") -> list[str]:
    """The same as headings in Chinese, each with its unit."""
    units, fields = home_catalog().units, rules.every_field()
    measured = {code: units[row.unit].symbol_zh for code, row in fields.items() if row.unit not in ("", "1")}
    named = {code: row.name_zh for code, row in fields.items()}
    named |= {code: f"{named[code]}（{unit}）" for code, unit in measured.items()}
    return [FIXED[name][0] if name in FIXED else named[name] for name in heads(rules, kind)]


def every_span(kind: str = "") -> list[HoldingSpan]:
    """All that is stored, or of a kind, by institution, kind, number and day: for who may have all of it."""
    rows = HoldingSpan.objects.filter(kind=kind) if kind else HoldingSpan.objects.all()
    return list(rows.order_by("institution", "kind", "code", "valid_from"))


def file_rows(spans: Iterable[HoldingSpan], rules: Holdings, kind: str = "") -> list[list[Any]]:
    """Rows under `heads`; brought into an empty register they make the same one, into this one they are duplicates."""
    own = list(spans)
    codes = codes_of({span.institution for span in own})
    columns = heads(rules, kind)
    return [[_cell(name, span, codes, rules) for name in columns] for span in own]


def shown(rules: Holdings, field: str, value: Any, chinese: bool = True) -> str:
    """A value as people read it."""
    row = rules.every_field().get(field)
    if value is None or row is None:
        return "" if value is None else str(value)
    if row.is_number:
        return _plain(from_fixed(value))
    if row.type == "yes_no":
        words = {"yes": ("是", "yes"), "no": ("否", "no")}[value]
        return words[0 if chinese else 1]
    if row.type == "choice":
        word = rules.choices(field).get(value)
        return value if word is None else (word.name_zh if chinese else word.name_en)
    return str(value)


def _fields(rules: Holdings, kind: str) -> list[str]:
    """In the order of the table; a field of several kinds once."""
    return list(dict.fromkeys(row.code for row in rules.field_rows if kind in ("", row.kind)))


def _cell(name: str, span: HoldingSpan, codes: dict[int, str], rules: Holdings) -> str:
    if name == "institution":
        return codes.get(span.institution, "")
    if name == "kind":
        return next((row.name_zh for row in rules.kind_rows if row.code == span.kind), span.kind)
    if name == "valid_to":
        return "" if span.valid_to == OPEN_END else span.valid_to.isoformat()
    if name == "valid_from":
        return span.valid_from.isoformat()
    if name in FIXED:
        return str(getattr(span, name))
    return shown(rules, name, span.values.get(name))


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
