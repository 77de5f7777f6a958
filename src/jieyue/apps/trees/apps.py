"""Django's name card of the app."""

from django.apps import AppConfig


class TreesConfig(AppConfig):
    """组织树"""

    name = "jieyue.apps.trees"
    label = "trees"
    verbose_name = "组织树"
