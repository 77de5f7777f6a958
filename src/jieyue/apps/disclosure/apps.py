"""Django's name card of the app."""

from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    """公开 Public disclosure"""

    name = "jieyue.apps.disclosure"
    label = "disclosure"
    verbose_name = "公开 Public disclosure"
