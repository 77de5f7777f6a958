"""Django's name card of the app."""

from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    """报送义务 Obligations"""

    name = "jieyue.apps.obligations"
    label = "obligations"
    verbose_name = "报送义务 Obligations"

    def ready(self) -> None:
        from jieyue.apps.obligations.receivers import connect

        connect()
