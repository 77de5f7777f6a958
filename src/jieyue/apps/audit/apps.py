"""Django's name card of the app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """操作日志"""

    name = "jieyue.apps.audit"
    label = "audit"
    verbose_name = "操作日志"
