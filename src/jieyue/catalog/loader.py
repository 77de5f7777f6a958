"""The one strict loader of the catalog."""

from functools import lru_cache
from pathlib import Path

from jieyue.catalog.checks import check
from jieyue.catalog.digest import digest_of, reopen
from jieyue.catalog.overlay import lay_over
from jieyue.catalog.persons import with_counts
from jieyue.catalog.rules import Catalog
from jieyue.catalog.tables import DATA, Tables, read_layer

__all__ = ["Catalog", "Stamp", "load_catalog", "load_saved", "stamp_of"]

Stamp = tuple[tuple[str, int, int], ...]


def load_catalog(*, overlay: Path | None = None, plan_catalog: Path | None = None) -> Catalog:
    """The catalog: the rules shipped, a plan folder's own ``catalog/`` over them, an authority's overlay on top.

    The three have the same layout; rows override by key and validity (see `overlay`). The result is kept
    until a file of a layer changes. Raises `CatalogError` with file, row and reason.
    """
    layers = tuple(folder for folder in (plan_catalog, overlay) if folder is not None)
    return _load(layers, tuple(stamp_of(folder) for folder in layers))


def load_saved(folder: Path) -> Catalog:
    """The contents that `Catalog.save_contents` kept. Raises `CatalogError` if they were changed since."""
    tables, digest = reopen(folder)
    check(tables)
    return Catalog(tables, digest)


@lru_cache(maxsize=1)
def _base() -> Tables:
    return read_layer(DATA, whole=True)


def stamp_of(folder: Path) -> Stamp:
    """The files of a layer by name, time of change and size; empty where there is no such folder."""
    files = sorted(folder.glob("*.csv"))
    return tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)


@lru_cache(maxsize=8)
def _load(layers: tuple[Path, ...], stamps: tuple[Stamp, ...]) -> Catalog:
    tables = _base()
    for folder in layers:
        tables = lay_over(tables, read_layer(folder, whole=False))
    check(tables)
    tables = with_counts(tables)
    return Catalog(tables, digest_of(tables))
