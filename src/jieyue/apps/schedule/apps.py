"""Django's name card of the app."""

from django.apps import AppConfig


class ScheduleConfig(AppConfig):
    """定时工作 Schedule"""

    name = "jieyue.apps.schedule"
    label = "schedule"
    verbose_name = "定时工作 Schedule"
