"""What a workbench counts of the month being collected is as of this moment, and only of what the person sees."""

from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from jieyue.apps.registry.services.create import create
from jieyue.apps.review.models import ReviewFinding
from tests.clients import signed_in
from tests.web.collecting_desk import BEGIN, Bureau
from tests.web.html_text import page_of
from tests.web.test_worklist import Nodes, bureau, day, post

__all__ = ["bureau", "day"]
WORDS = ("已审核", "已上报", "已退回", "录入中", "未录入")


def states(client: Client) -> dict[str, int]:
    """State in words → how many returns the workbench shows in it."""
    lines = page_of(client.get("/")).text.split("\n")
    return {word: int(lines[lines.index(word) + 1]) for word in WORDS}


def findings(client: Client) -> list[int]:
    """How many findings ask something, how many are explained; nothing where the workbench has none."""
    lines = page_of(client.get("/")).text.split("\n")
    words = ("待改正或说明", "已说明，待审阅")
    return [int(lines[lines.index(word) + 1]) for word in words if word in lines]


@pytest.mark.postgres
def test_a_return_that_was_judged_is_counted_so_at_the_next_look(bureau: Bureau) -> None:
    reviewer = signed_in("li")
    assert states(reviewer) == dict(zip(WORDS, (0, 4, 0, 0, 0), strict=True))
    number = bureau.row(0).pk
    assert post("zhao", f"/worklist/{number}/act/", verb="approve", seen=bureau.seen(0)).status_code == 302
    assert states(reviewer) == dict(zip(WORDS, (1, 3, 0, 0, 0), strict=True))
    number = bureau.row(1).pk
    said = {"seen": bureau.seen(1), "code": "value", "reason": "电量与电费单不符"}
    assert post("zhao", f"/worklist/{number}/act/", verb="return", **said).status_code == 302
    assert states(reviewer) == dict(zip(WORDS, (1, 2, 1, 0, 0), strict=True))


@pytest.mark.postgres
def test_an_institution_that_comes_and_has_not_begun_is_counted_at_once(bureau: Bureau) -> None:
    reviewer = signed_in("li")
    assert states(reviewer)["未录入"] == 0
    places = {"area": "500103", "type": "021", "line": bureau.line}
    create({"code": "S9", "name": "示例第9小学"}, places=places, valid_from=BEGIN, actor="tester")
    assert states(reviewer) == dict(zip(WORDS, (0, 4, 0, 0, 1), strict=True))


@pytest.mark.postgres
def test_findings_are_counted_as_they_are_now_and_of_ones_own_bodies_only(
    bureau: Bureau, city_trees: Nodes
) -> None:
    """One asks something and one is explained of four; another district's reviewer has none of them."""
    reviewer = signed_in("li")
    assert findings(reviewer) == [1, 1]
    bureau.finding(0)
    assert findings(reviewer) == [2, 1]
    ReviewFinding.objects.filter(subject=bureau.schools[0]).update(state="gone")
    assert findings(reviewer) == [1, 1]
    other = bureau.person("sun", "reviewer", city_trees["line", "L-500104"])
    assert findings(other) == []
    whole = bureau.person("wu", "reviewer", city_trees["line", "city"])
    assert findings(whole) == [1, 1]


@pytest.mark.postgres
def test_who_looks_at_a_body_and_at_a_single_institution_counts_both(
    bureau: Bureau, city_trees: Nodes, day: Path
) -> None:
    from jieyue.apps.identity.models import User
    from jieyue.apps.identity.services.grant import grant

    other = bureau.person("sun", "reviewer", city_trees["line", "L-500104"])
    user = User.objects.get(username="sun")
    grant(user, "viewer", node=bureau.schools[2], valid_from=date(2020, 1, 1), actor="tester")
    assert findings(other) == [0, 1]
