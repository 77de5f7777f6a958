"""How the pages look to a person: light or dark, ordinary or large print.

One short text, `dark large`, in the profile of who is signed in and in a cookie; the server writes it into the page
as attributes of `<html>`, so that nothing turns over while it loads. Nothing said of the colours: as the system says.
"""

from dataclasses import dataclass

from django.http import HttpRequest

COOKIE = "jieyue_appearance"
THEMES = ("light", "dark")
LARGE = "large"


@dataclass(frozen=True)
class Appearance:
    """What was chosen; theme "": as the system says."""

    theme: str = ""
    large: bool = False

    def __str__(self) -> str:
        return " ".join(word for word in (self.theme, LARGE if self.large else "") if word)

    @classmethod
    def parse(cls, text: str) -> "Appearance":
        """What the text says; unknown words say nothing."""
        words = text.split()
        return cls(next((word for word in words if word in THEMES), ""), LARGE in words)


def appearance_of(request: HttpRequest) -> Appearance:
    """The person's own, else what this browser was told."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return Appearance.parse(user.appearance)
    return of_browser(request)


def of_browser(request: HttpRequest) -> Appearance:
    """What this browser was told; for pages that may ask nothing of the database."""
    return Appearance.parse(request.COOKIES.get(COOKIE, "")[:40])
