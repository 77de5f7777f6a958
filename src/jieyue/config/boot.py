"""Starting Django for a home: once a process, and again only to turn to another home."""

import atexit
import gc
import os

import django
from django.conf import settings
from django.db import connections

from jieyue.config.home import Home

SETTINGS_MODULE = "jieyue.config.settings"


def setup(home: Home) -> None:
    """Make Django work for this home. A second call with the same home does nothing."""
    if settings.configured:
        if home != settings.JIEYUE_HOME:
            turn_to(home)
        return
    os.environ["JIEYUE_HOME"] = str(home.path)
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS_MODULE
    django.setup()
    spare_from_collection()


def spare_from_collection() -> None:
    """What is loaded now stays for the life of the process: no later collection walks it (0.1 s each)."""
    gc.freeze()
    atexit.register(gc.unfreeze)  # so that libraries can free what is theirs when the process ends


def turn_to(home: Home, *, database: str | None = None) -> None:
    """Let this process work for another home: closes this thread's connection and re-points the settings.

    For one-process tools and tests; a server serves one home for its whole life.
    """
    from jieyue.config.databases import database_settings

    entry = database_settings(database or home.database)
    connections.close_all()
    handler_settings = connections.settings
    handler_settings["default"] = entry
    connections.configure_settings(handler_settings)
    if "default" in {connection.alias for connection in connections.all(initialized_only=True)}:
        del connections["default"]
    os.environ["JIEYUE_HOME"] = str(home.path)
    settings.JIEYUE_HOME = home
    settings.SECRET_KEY = home.secret_key()
    settings.MEDIA_ROOT = home.path / "files"
    settings.LANGUAGE_CODE = home.language


def migrate() -> None:
    """Bring the office database to this version. Each migration is atomic; running again finishes."""
    from jieyue.config import migration

    migration.migrate()
