"""Django's name card of the app."""

from django.apps import AppConfig


class HoldingsConfig(AppConfig):
    """建筑与设施 Holdings"""

    name = "jieyue.apps.holdings"
    label = "holdings"
    verbose_name = "建筑与设施 Holdings"

    def ready(self) -> None:
        from jieyue.apps.holdings.receivers import connect

        connect()
