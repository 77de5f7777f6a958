"""Every publication seals the log: what it wrote is numbered and under a signed checkpoint."""

from datetime import date

import pytest

from jieyue.apps.audit.chain import checkpoints
from jieyue.apps.audit.models import ActionLog
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
