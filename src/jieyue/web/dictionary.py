"""The dictionary 口径词典: indicators of the catalog, terms of the glossary, findings; each from its one source."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from jieyue.apps.accounts.formula_now import formula_now
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog import findings, help_texts
from jieyue.catalog.model import IndicatorDef
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import enumerated, is_chinese, local, unit

KINDS = ("indicator", "term", "finding")


@dataclass(frozen=True)
class Entry:
    """One line: what it is called, what it means, and for an indicator unit, formula and clause."""

    kind: str
    group: str
    name: str
    other_name: str
    code: str
    meaning: str
    unit: str = ""
    formula: str = ""
    clause: str = ""
    verified: bool = True

    def has(self, text: str) -> bool:
        """Whether the text stands in a name, the code or the meaning."""
        found = (self.name, self.other_name, self.code, self.meaning)
        return any(text.casefold() in part.casefold() for part in found)


def kind_titles() -> dict[str, str]:
    """The kinds by name."""
    return {"indicator": _("Indicators"), "term": _("Terms, scopes, statuses"), "finding": _("Findings")}


def entries() -> tuple[Entry, ...]:
    """Every entry in the language of the reader."""
    return _entries(home_catalog().digest, is_chinese())


@lru_cache(maxsize=8)
def _entries(digest: str, chinese: bool) -> tuple[Entry, ...]:
    return (*_indicators(), *_terms(), *_findings())


def _indicators() -> Iterator[Entry]:
    texts = help_texts.indicators()
    for row in home_catalog().indicators.values():
        zh, en = formula_now(row)
        yield Entry(
            kind="indicator",
            group=_("Indicators"),
            name=_of_family(local(row)),
            other_name=_of_family(row.name_en if is_chinese() else row.name_zh),
            code=row.code,
            meaning=local(texts[row.code], "what") if row.code in texts else "",
            unit=_unit(row),
            formula=zh if is_chinese() else en,
            clause=enumerated(part for part in (row.source, row.document) if part),
            verified=row.verified,
        )


def _unit(row: IndicatorDef) -> str:
    if "<" in row.unit:
        return _("%(money)s per unit of the carrier") % {"money": unit(row.unit.partition("/")[0])}
    return unit(row.unit)


def _of_family(name: str) -> str:
    """A family's name with a word in its hole: 某品种占能源消费比重."""
    return name.replace("{carrier}", _("one carrier")).replace("{origin}", _("one origin"))


def _terms() -> Iterator[Entry]:
    for term in help_texts.terms():
        yield Entry(
            kind="term",
            group=local(term, "group"),
            name=local(term),
            other_name=term.name_en if is_chinese() else term.name_zh,
            code="",
            meaning=local(term, "note"),
        )


def _findings() -> Iterator[Entry]:
    for text in findings.texts().values():
        yield Entry(
            kind="finding",
            group=_("Findings"),
            name=_sentence(local(text, "message")),
            other_name="",
            code=text.code,
            meaning=_sentence(local(text, "mend")),
        )


def _sentence(template: str) -> str:
    """The text of a finding with a dash where each place or value will stand."""
    return findings.blanked(template)


def table_of(found: list[Entry]) -> Table:
    """The entries as a table, to read and to take along."""
    columns = [
        Column("name", _("Name")),
        Column("group", pgettext("dictionary", "Kind")),
        Column("meaning", _("Meaning, or how to mend it"), sortable=False),
        Column("unit", _("Unit")),
        Column("formula", _("Formula"), sortable=False),
        Column("clause", _("Clause or source"), sortable=False),
        Column("code", pgettext("dictionary", "Code")),
    ]
    rows = [
        Row(
            (
                Cell(one.name, one.name, heading=True),
                Cell(one.group, one.group),
                Cell(one.meaning, one.meaning),
                Cell(one.unit, one.unit),
                Cell(one.formula, one.formula),
                Cell(
                    one.clause,
                    one.clause,
                    tag="" if one.verified else _("unverified"),
                    tag_class="tag-unverified",
                ),
                Cell(one.code, one.code, code=True),
            )
        )
        for one in found
    ]
    return Table(
        _("Dictionary"),
        columns,
        rows,
        name="dictionary",
        empty=_("No entry has this text. Try a shorter word."),
    )
