"""Django's name card of the app."""

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    """报表"""

    name = "jieyue.apps.returns"
    label = "returns"
    verbose_name = "报表"
