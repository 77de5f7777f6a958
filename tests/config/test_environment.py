"""The environment of a process: what does not go together is refused at start, with the names of the variables."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from jieyue.config.environment import read_environment


def test_checkpoints_are_not_mailed_without_a_mail_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIEYUE_ANCHOR_MAIL", "archive@elsewhere.example")
    with pytest.raises(ImproperlyConfigured, match="JIEYUE_MAIL"):
        read_environment()
    monkeypatch.setenv("JIEYUE_MAIL", "smtps://desk:x@mail.example")
    assert read_environment().anchor_mail == "archive@elsewhere.example"
