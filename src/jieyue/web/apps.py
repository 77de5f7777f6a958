"""Django's name card of the pages."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """网页"""

    name = "jieyue.web"
    label = "web"

    def ready(self) -> None:
        """Listen to who signs in and who is locked out."""
        from jieyue.web import sign_ins  # noqa: F401  connects itself
