"""A body's summary table in a foreign layout 综合表按外来表式: its words, its numbers, the file."""

from collections.abc import Sequence

from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.outward import Written, period_title
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.exchange.summary_layout import TableWords, write_table
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.summaries import refusals
from jieyue.apps.summaries.ledger import items_of, ledger_of
from jieyue.apps.summaries.tables import summed
from jieyue.domain.period import Period

#: A subtotal's heading below its group's.
_INNER = "S003"


def table_words(form: str, period: Period) -> TableWords:
    """How a summary form is named: its items under the scheme of the period, its columns. Raises RefusedError."""
    catalog = home_catalog()
    if form not in catalog.forms or not catalog.forms[form].summary_of:
        raise refusals.wrong_form(form)
    items = items_of(form, period)
    symbols = {item.code: catalog.unit_symbol(item.unit) for item in items if item.unit}
    columns: dict[str, Sequence[str]] = {
        code: (word.name_zh, word.name_en) for code, word in catalog.code_lists["summary_column"].items()
    }
    group = columns[_INNER][0].removesuffix("小计")
    columns[_INNER] = (*columns[_INNER], "小计", f"{group}/小计")
    return TableWords(form, items, symbols, columns)


def table_outward(
    profile: MappingProfile, body: int, form: str, period: Period, *, sequence: int, text: bool
) -> Written:
    """The table of now of a body: approved and published data only. Raises RefusedError."""
    words = table_words(form, period)
    table = summed(ledger_of(body, form, period, sequence=sequence), body)
    values = {line.item: line.values for line in table.lines}
    title = period_title([period])
    return write_table(profile, words, values, of_catalog(home_catalog()), text=text, period=title)
