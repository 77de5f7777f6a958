"""Django's name card of the app."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """机构台账"""

    name = "jieyue.apps.registry"
    label = "registry"
    verbose_name = "机构台账"
