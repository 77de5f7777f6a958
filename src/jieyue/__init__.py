"""Jieyue 节约: a city's public institutions, their energy, water and carbon, from file to published figure.

For a notebook: `jieyue.load_catalog()` gives the rules, `jieyue.load_plan(…)` a plan, `jieyue.Client(…)` the figures
of a running system; `jieyue.domain` holds the formulas. Nothing is loaded before it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jieyue.catalog.loader import Catalog, load_catalog
    from jieyue.catalog.plan import load_plan
    from jieyue.client import Client
    from jieyue.domain.period import Period

__version__ = "0.1.0"
__all__ = ["Catalog", "Client", "Period", "load_catalog", "load_plan"]

_HOMES = {
    "Catalog": "jieyue.catalog.loader",
    "Client": "jieyue.client",
    "Period": "jieyue.domain.period",
    "load_catalog": "jieyue.catalog.loader",
    "load_plan": "jieyue.catalog.plan",
}


def __getattr__(name: str) -> Any:
    """Load a name of the list above when it is first asked for."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in ("catalog", "client", "domain"):
        return import_module(f"jieyue.{name}")
    raise AttributeError(f"module 'jieyue' has no attribute {name!r}")
