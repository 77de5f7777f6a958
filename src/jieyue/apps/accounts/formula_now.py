"""The formula of an indicator in words, by the method in force: the words of the receipts, and its boundary."""

from functools import lru_cache

from jieyue.apps.accounts.receipts import words
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.catalog.model import IndicatorDef
from jieyue.domain.account_form import AccountForm, account_form

_BOUNDARIES = {
    "building": ("不含车辆用油", "vehicle fuel left out"),
    "vehicle": ("只计车辆用油", "vehicle fuel alone"),
}


def formula_now(definition: IndicatorDef) -> tuple[str, str]:
    """Chinese and English."""
    catalog = home_catalog()
    form = _form(home_plan().method.account_form, catalog.digest)
    zh, en = words(definition.shape, definition.numerator, definition.denominator, form)
    if definition.numerator != "energy" or definition.boundary not in _BOUNDARIES:
        return zh, en
    boundary_zh, boundary_en = _BOUNDARIES[definition.boundary]
    return f"{zh}；{boundary_zh}", f"{en}; {boundary_en}"


@lru_cache(maxsize=8)
def _form(code: str, digest: str) -> AccountForm:
    return account_form(code, home_catalog().items(code))
