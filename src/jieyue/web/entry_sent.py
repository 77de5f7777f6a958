"""Cells as typed and sent, read against what stands there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jieyue.apps.exchange.numbers import Refusal
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.entry_sheet import Value, values_of
from jieyue.apps.returns.services.edit_return import sheet_of
from jieyue.apps.returns.typed import read_typed
from jieyue.catalog.findings import make
from jieyue.catalog.form_sheet import Line
from jieyue.web.words import is_chinese, local, unit


@dataclass
class Sent:
    """Cells as sent: changes to make, what to keep beside them, and what cannot be read, item → words."""

    changes: dict[str, Value | None] = field(default_factory=dict)
    said: dict[str, dict[str, str]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def read_cells(key: Key, posted: Mapping[str, str]) -> Sent:
    """Compare what was sent with what stands there: the same number again is no change."""
    now = values_of(key)
    lines = {line.code: line for line in sheet_of(key).lines}
    read = Sent()
    for code, text in posted.items():
        line = lines.get(code)
        if line is None:
            continue
        typed = read_typed(text, line.item, home_catalog())
        if isinstance(typed, Refusal):
            read.wrong[code] = _refused(typed.code, line, text)
        elif not _same(typed.value, now.get(code)):
            read.changes[code] = typed.value
            read.said[code] = {"raw": typed.raw}
    return read


def _same(new: Value | None, old: Value | None) -> bool:
    """Whether the person has left the cell as it is; an estimate that was not touched stays one."""
    if new is None or old is None:
        return new is old
    return new[0] == old[0] and (new[1] == NOT_USED) == (old[1] == NOT_USED)


def _refused(code: str, line: Line, text: str) -> str:
    said = make(code, column=local(line.item), value=text[:60], unit=unit(line.item.unit))
    return said.message_zh if is_chinese() else said.message_en
