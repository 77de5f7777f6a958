"""The rules that this home works by: its catalog (base, overlay, the plan's own) and its plan.

Contents are kept by digest in HOME/catalog/<digest>, so a figure can be replayed with the rules of its day.
"""

from pathlib import Path

from django.conf import settings

from jieyue.catalog.loader import Catalog, load_catalog, load_saved
from jieyue.catalog.plan import Plan, load_plan

_loaded: dict[tuple[str, str], Catalog] = {}
_saved: dict[str, Catalog] = {}
_plans: dict[str, Plan] = {}


def home_plan() -> Plan:
    """The home's default plan."""
    return plan(settings.JIEYUE_HOME.plan)


def plan(name: str) -> Plan:
    """A plan by id or folder; each is read once a process."""
    if name not in _plans:
        _plans[name] = load_plan(name)
    return _plans[name]


def home_catalog() -> Catalog:
    """The catalog in force: base, the home's overlay, the plan's own; read once a process and home."""
    home = settings.JIEYUE_HOME
    key = (str(home.path), home.plan)
    if key not in _loaded:
        overlay = home.path / "catalog" / "overlay"
        own = home_plan().catalog_folder
        _loaded[key] = load_catalog(overlay=overlay if overlay.is_dir() else None, plan_catalog=own)
    return _loaded[key]


def forget() -> None:
    """Read the rules anew: after the overlay changed, and between tests."""
    _loaded.clear()
    _plans.clear()


def keep_catalog() -> str:
    """Keep the present contents under their digest; returns the digest."""
    catalog = home_catalog()
    folder = _folder(catalog.digest)
    if not folder.is_dir():
        catalog.save_contents(folder)
    return catalog.digest


def catalog_by_digest(digest: str) -> Catalog:
    """The catalog as it was when its contents had this digest. Raises FileNotFoundError if it was not kept."""
    if digest == home_catalog().digest:
        return home_catalog()
    if digest not in _saved:
        _saved[digest] = load_saved(_folder(digest))
    return _saved[digest]


def _folder(digest: str) -> Path:
    return Path(settings.JIEYUE_HOME.path) / "catalog" / digest
