"""Django's name card of the app."""

from django.apps import AppConfig


class JointReviewConfig(AppConfig):
    """会审 Joint review"""

    name = "jieyue.apps.jointreview"
    label = "jointreview"
    verbose_name = "会审 Joint review"
