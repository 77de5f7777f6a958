"""Django's name card of the app, and its lake tables."""

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    """报表 Returns"""

    name = "jieyue.apps.returns"
    label = "returns"
    verbose_name = "报表 Returns"

    def ready(self) -> None:
        from jieyue.apps.publication.tables import register_family
        from jieyue.apps.returns import lake, reported
        from jieyue.apps.returns.receivers import connect

        register_family(lake.tables)
        register_family(reported.tables)
        connect()
