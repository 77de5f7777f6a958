"""The change of the log's key killed at every step: the old key or the new one is in force, never neither."""

from pathlib import Path

import pytest
from django.db import transaction

from jieyue.apps.audit.chain import checkpoints
from jieyue.apps.audit.models import ActionLog
from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.audit.services.record import record
from jieyue.apps.audit.services.rotate_key import rotate_key
from jieyue.apps.audit.signer import home_signer
from jieyue.apps.audit.verify import verify_home
from jieyue.config.home import Home
from tests.crash import crash
from tests.fault import kills


def act(thing: str) -> None:
    with transaction.atomic():
        record("test.act", thing, actor="周")


def rotate() -> None:
    rotate_key(actor="周")


def keys(home: Home) -> list[Path]:
    return sorted(home.path.glob("log.key*"))


@pytest.mark.postgres
@pytest.mark.parametrize("place", kills.ROTATE)
def test_killed_anywhere_one_of_the_two_keys_signs(home: Home, place: str) -> None:
    act("thing:1")
    assert checkpoint() is not None
    old = home_signer().key
    crash(home, place, rotate)
    turned = kills.ROTATE[place] is kills.AFTER
    assert ActionLog.objects.filter(verb="audit.rotate_key").count() == turned
    assert (home_signer().key != old) is turned
    act("thing:2")
    made = checkpoint()
    assert made is not None
    assert (made.key, made.size) == (home_signer().key, ActionLog.objects.count())
    assert verify_home().problems == []
    rotate()  # once more: what the kill left is neither in the way nor kept
    assert keys(home) == [home.path / "log.key"]
    assert home_signer().key not in (old, made.key)
    verdict = verify_home()
    assert (verdict.problems, verdict.lost, verdict.checkpoints) == ([], [], len(checkpoints()))
