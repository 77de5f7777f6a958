"""The rules that this home works by: its catalog (base, overlay, the plan's own) and its plan.

Contents are kept by digest in HOME/catalog/<digest>, so a figure can be replayed with the rules of its day. An overlay
that was changed is taken up with the next request or task, which holds it to its end whatever others take up meanwhile;
one that cannot be read, or that the released rules do not fit, changes nothing. HOME/catalog/in-force names the last
one that fitted, so that a process that starts afterwards works by it too; administrators are told on every page.
"""

import logging
import os
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from jieyue.apps.publication.events import catalog_changes
from jieyue.catalog.loader import Catalog, Stamp, load_catalog, load_saved, stamp_of
from jieyue.catalog.plan import Plan, load_plan
from jieyue.catalog.strict import CatalogError

log = logging.getLogger(__name__)

_loaded: dict[tuple[str, str], Catalog] = {}
#: Of what is loaded: the overlay's files as they were looked at last.
_stamps: dict[tuple[str, str], Stamp] = {}


@dataclass(frozen=True)
class _Held:
    """What a request or task works by to its end, while nobody has told to forget."""

    key: tuple[str, str]
    catalog: Catalog
    age: int


#: Why the overlay as it lies in the folder is not in force.
_refused: dict[tuple[str, str], str] = {}
#: What stands in `in-force` where there was no overlay.
_NO_OVERLAY = "shipped"

_held: ContextVar[_Held | None] = ContextVar("catalog", default=None)
_age = 0
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
    """The catalog that this request or task began with: base, the home's overlay, the plan's own; see `look_again`."""
    key, held = _key(), _held.get()
    if held is not None and (held.key, held.age) == (key, _age):
        return held.catalog
    if key not in _loaded:
        _stamps[key] = stamp_of(_overlay())
        _loaded[key] = _read()
    return _loaded[key]


def look_again(**_signal: object) -> None:
    """Begin a request or task: take up an overlay whose files have changed since they were looked at, and hold what is
    in force until the next one.

    It costs a look at the folder, no query. What cannot be read, or what the rules in force cannot be read under, is
    logged, once, and what was in force stays.
    """
    key = _key()
    _held.set(None)
    if key in _loaded:
        _take_up(key)
    else:
        _begin(key)
    try:
        _held.set(_Held(key, home_catalog(), _age))
    except (CatalogError, OSError) as error:  # nothing is in force yet: whoever asks for it is told so
        log.warning("the catalog cannot be read: %s", error)


def overlay_refused() -> str:
    """Why the overlay as it lies in the folder is not in force; empty where it is."""
    return _refused.get(_key(), "")


def overlay_fits() -> str:
    """Read the overlay as it lies in the folder now; why it cannot be in force, empty where it can."""
    try:
        catalog_changes.send(sender=Catalog, catalog=_read())
    except (CatalogError, OSError) as error:
        return str(error)
    except DatabaseError as error:  # the database's own check says so
        log.warning("the released rules cannot be looked at: %s", error)
    return ""


def _begin(key: tuple[str, str]) -> None:
    """Read the rules for the first time; where the overlay does not fit, the last that did is in force."""
    noted, stamp = _noted(), stamp_of(_overlay())
    if not noted and not _overlay().is_dir():
        _note(_NO_OVERLAY)
        return
    try:
        made = _read()
        if noted == made.digest or (noted == _NO_OVERLAY and not _overlay().is_dir()):
            return
        catalog_changes.send(sender=Catalog, catalog=made)
        _note(keep_catalog(made) if _overlay().is_dir() else _NO_OVERLAY)
    except DatabaseError as error:  # without a stamp it is looked at again with the next request
        _loaded[key] = _last_or(noted, made)
        log.warning("the released rules cannot be looked at: %s", error)
    except (CatalogError, OSError) as error:
        try:
            _loaded[key] = _last(noted)
        except (CatalogError, OSError) as gone:
            log.warning("the catalog in force before cannot be read: %s", gone)
            return
        _stamps[key], _refused[key] = stamp, str(error)
        log.warning("the catalog's overlay cannot be taken up; the last that fitted stays: %s", error)


def _last_or(noted: str, made: Catalog) -> Catalog:
    """The catalog that fitted last; where none can be read, the one that nobody could judge."""
    try:
        return _last(noted)
    except (CatalogError, OSError):
        return made


def _last(noted: str) -> Catalog:
    """The catalog that fitted last. Raises FileNotFoundError where none is noted."""
    if noted == _NO_OVERLAY:
        return load_catalog(plan_catalog=home_plan().catalog_folder)
    if not noted:
        raise FileNotFoundError("none was noted")
    return load_saved(_folder(noted))


def _noted() -> str:
    try:
        return _in_force().read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def _note(said: str) -> None:
    """Say which catalog fitted last. A home that cannot be written to stays as it is; the disk's check tells."""
    path = _in_force()
    if not path.parent.is_dir():
        return
    try:
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_text(said, "ascii")
        beside.replace(path)
    except OSError as error:
        log.warning("the catalog in force cannot be noted: %s", error)


def _in_force() -> Path:
    return Path(settings.JIEYUE_HOME.path) / "catalog" / "in-force"


def _take_up(key: tuple[str, str]) -> None:
    """Read an overlay that has changed; what was in force stays where that cannot be done."""
    try:
        now = stamp_of(_overlay())
        if now == _stamps.get(key):
            return
        _stamps[key] = now
        made = _read()
        catalog_changes.send(sender=Catalog, catalog=made)
        _loaded[key] = made
        _refused.pop(key, None)
        _note(keep_catalog(made) if _overlay().is_dir() else _NO_OVERLAY)
    except DatabaseError as error:
        _stamps.pop(key, None)  # nobody judged it: it is looked at again with the next request
        log.warning("the released rules cannot be looked at: %s", error)
    except (CatalogError, OSError) as error:
        _refused[key] = str(error)
        log.warning(
            "the catalog's overlay was changed and cannot be taken up; the one before stays: %s", error
        )
    else:
        log.info("the catalog's overlay was changed: %s", made.digest)


def _key() -> tuple[str, str]:
    home = settings.JIEYUE_HOME
    return str(home.path), home.plan


def _overlay() -> Path:
    return Path(settings.JIEYUE_HOME.path) / "catalog" / "overlay"


def _read() -> Catalog:
    overlay = _overlay()
    own = home_plan().catalog_folder
    return load_catalog(overlay=overlay if overlay.is_dir() else None, plan_catalog=own)


def forget() -> None:
    """Read the rules anew: between tests, and where a test wants a change at once."""
    global _age  # noqa: PLW0603 - what any thread holds is of an age that is over
    _age += 1
    _loaded.clear()
    _stamps.clear()
    _refused.clear()
    _plans.clear()


def keep_catalog(catalog: Catalog | None = None) -> str:
    """Keep the contents under their digest, of the catalog given or in force; returns the digest."""
    catalog = catalog or home_catalog()
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
