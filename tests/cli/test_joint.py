"""`jieyue joint list|show`: what was called and said on the pages, and whether the closed minutes are still those."""

from datetime import date
from pathlib import Path

import pytest

from tests.cli import desk
from tests.cli.command import DONE, REFUSED, jieyue
from tests.shared_home import turned_to

MONTH = "2025-07"


@pytest.fixture
def met(home: Path) -> Path:
    """A month in which the rules ask something of A, B and D; B sends 1 kWh at a cost of 9999 yuan."""
    rows = [[code, MONTH, f"NY201:{item}", value, unit] for code in ("A", "B", "D")
            for item, value, unit in (("110", "1", "kWh"), ("111", "9999", "yuan"))]  # fmt: skip
    file = home.parent / "month.csv"
    file.write_bytes(desk.table([desk.LONG, *rows]))
    assert jieyue(home, "import", "returns", file, "--publish").code == DONE
    assert jieyue(home, "review", "check", "--period", MONTH).code == REFUSED  # errors were found
    return home


def test_a_closed_meeting_is_listed_shown_and_its_minutes_proved(met: Path) -> None:
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant
    from jieyue.apps.jointreview.models import JointItem
    from jieyue.apps.jointreview.services.close import close
    from jieyue.apps.jointreview.services.conclude import conclude
    from jieyue.apps.jointreview.services.convene import convene
    from jieyue.apps.trees.queries import tree

    assert jieyue(met, "joint", "list").document == []
    assert jieyue(met, "joint", "show", 1).code == REFUSED
    with turned_to(met):
        user, root = create_user("reviewer", actor="tests"), tree("line").root
        assert root is not None
        grant(user, "reviewer", node=root.id, valid_from=date(2020, 1, 1), actor="tests")
        made = convene(
            user, root.id, "NY201", MONTH, name="七月会审", day="2026-11-20", place="会议室", attending="王",
        )  # fmt: skip
        assert [one.code for one in made.items.order_by("code")] == ["A", "B", "D"]
        first = made.items.get(code="B")
        conclude(user, made.pk, first.pk, "back", "单价 9999 元", seen=0)
    open_one = jieyue(met, "joint", "show", made.pk).document
    assert (open_one["state"], open_one["sound"], open_one["body"]) == ("open", None, "city")
    with turned_to(met):
        closed = close(user, made.pk)
    shown = jieyue(met, "joint", "show", made.pk).document
    assert (shown["sound"], shown["digest"]) == (True, closed.digest)
    assert shown["counts"] == {"none": 2, "keep": 0, "back": 1, "check": 0}
    assert "与结束时一致" in jieyue(met, "joint", "show", made.pk, as_json=False).stderr
    for command, said, keys in (
        (("list",), ("七月会审", "已结束"), ("closed", "state")),
        (("show", made.pk), ("退回", "未审议", "单价 9999 元"), ("back", "none", "conclusion")),
    ):
        printed = jieyue(met, "joint", *command, as_json=False).stdout
        assert [word for word in said if word not in printed] == []
        assert [key for key in keys if key in printed] == []
    (listed,) = jieyue(met, "joint", "list").document
    assert (listed["name"], listed["state"]) == ("七月会审", "closed")
    with turned_to(met):
        JointItem.objects.filter(pk=first.pk).update(conclusion="keep")
    assert jieyue(met, "joint", "show", made.pk).document["sound"] is False
    assert "不一致" in jieyue(met, "joint", "show", made.pk, as_json=False).stderr
