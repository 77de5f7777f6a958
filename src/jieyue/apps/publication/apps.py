"""Django's name card of the app."""

from django.apps import AppConfig
from django.core.signals import request_started


class PublicationConfig(AppConfig):
    """发布"""

    name = "jieyue.apps.publication"
    label = "publication"
    verbose_name = "发布"

    def ready(self) -> None:
        """Every request works by the catalog as its files say when it begins."""
        from jieyue.apps.publication.rules import look_again

        request_started.connect(look_again, dispatch_uid="catalog")
