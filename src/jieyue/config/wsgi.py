"""The WSGI door for gunicorn: `gunicorn jieyue.config.wsgi`. A worker that starts finishes what a crash left."""

import logging

from jieyue.config.boot import setup, spare_from_collection
from jieyue.config.home import Home

setup(Home.open())

from django.core.wsgi import get_wsgi_application  # noqa: E402  after the settings are known
from django.db import DatabaseError, connections  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from jieyue.apps.metering.services.settle import settle_left  # noqa: E402
from jieyue.apps.publication.rules import home_catalog  # noqa: E402
from jieyue.apps.publication.services.publish import (  # noqa: E402
    PublicationDamagedError,
    PublicationPendingError,
    finish_pending,
)
from jieyue.catalog import CatalogError  # noqa: E402
from jieyue.store.errors import LakeError  # noqa: E402


def _recover() -> None:
    """Pages that only read are served even if the lake cannot take the rest yet."""
    try:
        finish_pending()
        settle_left()
    except (PublicationPendingError, PublicationDamagedError, LakeError, DatabaseError, OSError):
        logging.getLogger("jieyue").exception("what a stop left could not be finished")
    finally:
        connections.close_all()


def _warm() -> None:
    """What every page needs is loaded before the first is asked for, and spared from collection."""
    try:
        home_catalog()
    except CatalogError:  # each page that needs it says so
        logging.getLogger("jieyue").exception("the home's catalog cannot be loaded")
    len(get_resolver().url_patterns)  # imports the pages
    spare_from_collection()


application = get_wsgi_application()
_recover()
_warm()
