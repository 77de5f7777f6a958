"""Django's name card of the app."""

from django.apps import AppConfig


class SpotChecksConfig(AppConfig):
    """质量抽查 Spot checks"""

    name = "jieyue.apps.spotchecks"
    label = "spotchecks"
    verbose_name = "质量抽查 Spot checks"
