"""Every publication seals the log: what it wrote is numbered and under a signed checkpoint."""

from datetime import date

import pytest

from jieyue.apps.audit.chain import checkpoints
from jieyue.apps.audit.models import ActionLog, LogLeaf
from jieyue.apps.audit.signer import LogKeyError
from jieyue.apps.audit.tasks import anchor, number
from jieyue.apps.audit.verify import verify_home
from jieyue.apps.trees.services.create_node import create_node
from jieyue.config.home import Home


@pytest.mark.postgres
def test_a_publication_ends_with_a_checkpoint_of_the_whole_log(home: Home) -> None:
    for code in ("city", "500103"):
        parent = None if code == "city" else "city"
        create_node("area", code, name_zh=code, parent=parent, valid_from=date(2020, 1, 1), actor="tester")
        assert checkpoints()[-1].size == ActionLog.objects.count()
    assert (verify_home().good, verify_home().checkpoints) == (True, 2)


def test_a_log_that_cannot_be_sealed_holds_nothing_up(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from jieyue.apps.publication.services import publish as module

    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "checkpoint", full)
    create_node("area", "city", name_zh="市", parent=None, valid_from=date(2020, 1, 1), actor="tester")
    assert checkpoints() == []
    monkeypatch.undo()
    create_node("area", "500103", name_zh="区", parent="city", valid_from=date(2020, 1, 1), actor="tester")
    assert checkpoints()[-1].size == ActionLog.objects.count()


def test_a_damaged_key_holds_nothing_up_and_no_entry_is_lost(home: Home) -> None:
    """Published, numbered by the worker, and signed as soon as the key is back."""
    create_node("area", "city", name_zh="市", parent=None, valid_from=date(2020, 1, 1), actor="tester")
    signed = checkpoints()[-1].size
    key = home.path / "log.key"
    kept = key.read_text()
    key.write_text(kept[:20])
    create_node("area", "500103", name_zh="区", parent="city", valid_from=date(2020, 1, 1), actor="tester")
    with pytest.raises(LogKeyError):
        anchor()
    number()
    assert LogLeaf.objects.count() == ActionLog.objects.count() > signed == checkpoints()[-1].size
    key.write_text(kept)
    anchor()
    assert checkpoints()[-1].size == ActionLog.objects.count()
    assert verify_home().good
