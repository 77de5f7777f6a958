"""Django's name card of the app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """核算"""

    name = "jieyue.apps.accounts"
    label = "accounts"
    verbose_name = "核算"
