"""The rules that this home works by: its catalog (base, overlay, the plan's own) and its plan.

Contents are kept by digest in HOME/catalog/<digest>, so a figure can be replayed with the rules of its day. An overlay
that was changed is taken up with the next request or task; one that cannot be read changes nothing.
"""

import logging
from pathlib import Path

from django.conf import settings

from jieyue.apps.publication.events import catalog_changes
from jieyue.catalog.loader import Catalog, Stamp, load_catalog, load_saved, stamp_of
from jieyue.catalog.plan import Plan, load_plan
from jieyue.catalog.strict import CatalogError

log = logging.getLogger(__name__)

_loaded: dict[tuple[str, str], Catalog] = {}
#: Of what is loaded: the overlay's files as they were looked at last.
_stamps: dict[tuple[str, str], Stamp] = {}
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
    """The catalog in force: base, the home's overlay, the plan's own; see `look_again`."""
    home = settings.JIEYUE_HOME
    key = (str(home.path), home.plan)
    if key not in _loaded:
        _stamps[key] = stamp_of(_overlay())
        _loaded[key] = _read()
    return _loaded[key]


def look_again(**_signal: object) -> None:
    """Take up an overlay whose files have changed since they were looked at: at the start of a request or task.

    It costs a look at the folder, no query. What cannot be read, or what the rules in force cannot be read under, is
    logged, once, and what was in force stays.
    """
    home = settings.JIEYUE_HOME
    key = (str(home.path), home.plan)
    if key not in _loaded:
        return
    try:
        now = stamp_of(_overlay())
        if now == _stamps.get(key):
            return
        _stamps[key] = now
        made = _read()
        catalog_changes.send(sender=Catalog, catalog=made)
        _loaded[key] = made
    except (CatalogError, OSError) as error:
        log.warning("the catalog's overlay was changed and cannot be read; the one before stays: %s", error)
    else:
        log.info("the catalog's overlay was changed: %s", _loaded[key].digest)


def _overlay() -> Path:
    return Path(settings.JIEYUE_HOME.path) / "catalog" / "overlay"


def _read() -> Catalog:
    overlay = _overlay()
    own = home_plan().catalog_folder
    return load_catalog(overlay=overlay if overlay.is_dir() else None, plan_catalog=own)


def forget() -> None:
    """Read the rules anew: between tests, and where a test wants a change at once."""
    _loaded.clear()
    _stamps.clear()
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
