"""What the rules say: dated, sourced data and its one strict loader.

>>> from jieyue.catalog import load_catalog
>>> load_catalog().factor_set("survey-calorific").factor("electricity").value
Fraction(1229, 10000)
"""

from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.loader import load_catalog, load_saved
from jieyue.catalog.rules import Catalog
from jieyue.catalog.strict import CatalogError

__all__ = ["Catalog", "CatalogError", "UnknownRuleError", "load_catalog", "load_saved"]
