"""The kinds of things and their fields in this home: what ships, with HOME/holdings over it."""

from pathlib import Path

from django.conf import settings

from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.holdings import Holdings, load_holdings, shipped

Stamp = tuple[tuple[str, int, int], ...]
_own: dict[Path, tuple[Stamp, Holdings]] = {}


def home_holdings() -> Holdings:
    """The home's tables; read anew when a file of the home's folder changes. Raises CatalogError."""
    folder, units = settings.JIEYUE_HOME.path / "holdings", frozenset(home_catalog().units)
    if not folder.is_dir():
        return shipped(units)
    stamp = tuple(
        (path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(folder.glob("*.csv"))
    )
    known = _own.get(folder)
    if known is None or known[0] != stamp:
        known = _own[folder] = (stamp, load_holdings(units, folder))
    return known[1]
