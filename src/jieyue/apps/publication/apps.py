"""Django's name card of the app."""

from django.apps import AppConfig


class PublicationConfig(AppConfig):
    """发布"""

    name = "jieyue.apps.publication"
    label = "publication"
    verbose_name = "发布"
