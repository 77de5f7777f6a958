"""Make a home, or bring an old one to this version; running again finishes what was interrupted."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from jieyue.config import boot
from jieyue.config.databases import database_settings
from jieyue.config.home import HOME_FILE, Home, HomeError, resolve
from jieyue.store.failpoint import failpoint


def initialise(path: Any, **values: Any) -> Home:
    """Create or open the home, migrate the office, make the lake's tables, seed the trees, keep the catalog.

    Values given for an existing home replace what home.toml says. Each step is whole or not begun, and every
    step is idempotent, so a stop in between is mended by calling again.
    """
    said = {name: value for name, value in values.items() if value is not None}
    if "database" in said:
        check_address(said["database"])
    folder = resolve(path)
    if (folder / HOME_FILE).is_file():
        home = Home.open(folder)
        home = home.changed(**said) if said else home
    else:
        home = Home.create(folder, **said)
    failpoint("init.after_home")
    boot.setup(home)
    boot.migrate()
    failpoint("init.after_migrate")
    _furnish(home)
    return home


def check_address(address: str) -> None:
    """Raise HomeError for a database address of no known kind, before a home is made that cannot be opened."""
    try:
        database_settings(address)
    except (ImproperlyConfigured, ValueError) as error:  # ValueError: a port that is no number
        zh, _, en = str(error).partition(" / ")
        raise HomeError(zh, en or zh) from error


def _furnish(home: Home) -> None:
    from jieyue.apps.identity.services.make_operator import make_operator, operator_name
    from jieyue.apps.publication.rules import home_catalog, keep_catalog
    from jieyue.apps.publication.services.publish import ensure_tables, finish_pending
    from jieyue.apps.trees.queries import tree
    from jieyue.apps.trees.services.seed import seed_regions

    finish_pending()
    ensure_tables()
    failpoint("init.after_tables")
    actor = operator_name()
    seed_regions(home_catalog(), region=home.region, actor=actor)
    failpoint("init.after_seed")
    keep_catalog()
    root = tree("line").root
    if root is not None:
        make_operator(actor, root=root.id)
    failpoint("init.after_operator")
