"""The help of a page in the language of the reader: what, how computed, from which clause, what to do, last changed."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from jieyue.apps.accounts.formula_now import formula_now
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog import help_texts
from jieyue.web.words import is_chinese, local

#: The help of pages that say why nothing is shown.
ERROR = "error"


@dataclass(frozen=True)
class Help:
    """A page's help. formulas: name and formula of what it shows; clause "": not verified."""

    what: str
    how: str
    formulas: tuple[tuple[str, str], ...]
    clause: str
    advice: str
    changed: date


def help_of(route: str) -> Help | None:
    """The help of a page by the name of its address; None where there is none."""
    return _help(route, home_catalog().digest, is_chinese())


@lru_cache(maxsize=512)
def _help(route: str, digest: str, chinese: bool) -> Help | None:
    row = help_texts.pages().get(route)
    if row is None:
        return None
    clause = help_texts.clauses().get(row.clause)
    return Help(
        what=local(row, "what"),
        how=local(row, "how"),
        formulas=tuple(_formula(code) for code in row.indicators),
        clause=local(clause) if clause else "",
        advice=local(help_texts.advice()[row.advice], "text"),
        changed=row.changed,
    )


def _formula(code: str) -> tuple[str, str]:
    definition = home_catalog().indicator(code)
    zh, en = formula_now(definition)
    return local(definition), zh if is_chinese() else en
