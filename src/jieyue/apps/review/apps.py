"""Django's name card of the app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """审核 Review"""

    name = "jieyue.apps.review"
    label = "review"
    verbose_name = "审核 Review"

    def ready(self) -> None:
        from jieyue.apps.review.receivers import connect

        connect()
