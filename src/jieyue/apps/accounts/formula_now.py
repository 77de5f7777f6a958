"""The formula of an indicator in words, by the method in force; the same words as in the receipts."""

from functools import lru_cache

from jieyue.apps.accounts.receipts import words
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.catalog.model import IndicatorDef
from jieyue.domain.account_form import AccountForm, account_form


def formula_now(definition: IndicatorDef) -> tuple[str, str]:
    """Chinese and English."""
    catalog = home_catalog()
    form = _form(home_plan().method.account_form, catalog.digest)
    return words(definition.shape, definition.numerator, definition.denominator, form)


@lru_cache(maxsize=8)
def _form(code: str, digest: str) -> AccountForm:
    return account_form(code, home_catalog().items(code))
