"""Django's name card of the app."""

from django.apps import AppConfig


class TargetsConfig(AppConfig):
    """目标"""

    name = "jieyue.apps.targets"
    label = "targets"
    verbose_name = "目标"
