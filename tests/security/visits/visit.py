"""One visit of the access matrix."""

from dataclasses import dataclass
from typing import Any

from django.test import Client


@dataclass(frozen=True)
class Visit:
    """One GET. subject: the scope or institution that it asks for, empty if it names none; typed: texts that it
    gives, which the answer may repeat."""

    route: str
    path: str
    subject: str = ""
    fragment: bool = False
    typed: tuple[str, ...] = ()

    def made_by(self, client: Client) -> Any:
        """The answer."""
        page = f"http://testserver{self.path}"  # that the part stands on
        headers = {"HX-Request": "true", "HX-Current-URL": page} if self.fragment else {}
        return client.get(self.path, headers=headers)
