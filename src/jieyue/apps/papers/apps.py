"""Django's name card of the app."""

from django.apps import AppConfig


class PapersConfig(AppConfig):
    """公文"""

    name = "jieyue.apps.papers"
    label = "papers"
    verbose_name = "公文"
