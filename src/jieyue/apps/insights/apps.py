"""Django's name card of the app."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """分析"""

    name = "jieyue.apps.insights"
    label = "insights"
    verbose_name = "分析"
