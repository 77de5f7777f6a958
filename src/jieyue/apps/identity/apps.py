"""Django's name card of the app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """用户与授权"""

    name = "jieyue.apps.identity"
    label = "identity"
    verbose_name = "用户与授权"
