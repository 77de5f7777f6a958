"""Trees: dated twice, refused when broken, one log entry a verb."""

from datetime import date

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.models import Publication
from jieyue.apps.trees import queries
from jieyue.apps.trees.models import Membership, NodeVersion
from jieyue.apps.trees.services.change_node import change_node
from jieyue.apps.trees.services.close_node import close_node
from jieyue.apps.trees.services.create_node import create_node
from jieyue.apps.trees.services.register_nodes import NodeSpec, register_nodes
from jieyue.apps.trees.services.set_membership import set_membership
from jieyue.catalog.loader import load_catalog
from jieyue.config.home import Home
from jieyue.domain.errors import DomainError

BEGIN = date(2020, 1, 1)


def node(code: str, parent: str | None, name: str = "节点", begin: date = BEGIN, **more: object) -> int:
    return create_node("line", code, name_zh=name, parent=parent, valid_from=begin, actor="tester", **more)


@pytest.mark.postgres
def test_a_change_is_dated_twice(home: Home) -> None:
    city = node("city", None)
    bureau = node("B", "city", "旧名")
    before = Publication.objects.count()
    change_node(bureau, date(2025, 11, 1), actor="tester", name_zh="新名", reason="更名")
    # then and now: valid time
    assert queries.node_by_id(bureau, date(2025, 10, 31)).name_zh == "旧名"
    assert queries.node_by_id(bureau, date(2025, 11, 1)).name_zh == "新名"
    # as it was recorded: before the change the office knew only the old name
    assert queries.node_by_id(bureau, date(2025, 11, 1), seq=before).name_zh == "旧名"
    rows = NodeVersion.objects.filter(node_id=bureau).order_by("id")
    assert [(row.seq, row.replaces, row.gone, row.valid_from, row.valid_to) for row in rows] == [
        (2, None, False, BEGIN, date(9999, 12, 31)),
        (3, rows[0].pk, False, BEGIN, date(2025, 11, 1)),
        (3, None, False, date(2025, 11, 1), date(9999, 12, 31)),
    ]
    assert [info.name_zh for info in queries.node_history(bureau)] == ["旧名", "新名"]
    assert [step.id for step in queries.path(bureau)] == [city, bureau]
    assert [child.id for child in queries.children(city)] == [bureau]


def test_each_verb_writes_one_entry_and_one_publication(home: Home) -> None:
    city = node("city", None)
    bureau = node("B", "city")
    change_node(bureau, date(2021, 1, 1), actor="tester", name_en="Bureau")
    set_membership(77, "line", bureau, BEGIN, actor="tester")
    set_membership(77, "line", city, date(2022, 1, 1), actor="tester")
    close_node(bureau, date(2023, 1, 1), actor="tester")
    register_nodes([NodeSpec("line", "C", "丙", "city", BEGIN)], actor="tester")
    verbs = [
        "trees.create_node",
        "trees.create_node",
        "trees.change_node",
        "trees.set_membership",
        "trees.set_membership",
        "trees.close_node",
        "trees.register_nodes",
    ]
    assert list(ActionLog.objects.order_by("id").values_list("verb", flat=True)) == verbs
    assert list(Publication.objects.order_by("seq").values_list("kind", flat=True)) == verbs


def test_a_refused_verb_writes_nothing(home: Home) -> None:
    city = node("city", None)
    bureau = node("B", "city")
    below = node("C", "B")
    set_membership(77, "line", below, BEGIN, actor="tester")
    entries = ActionLog.objects.count()
    for code, attempt in {
        "code_taken": lambda: node("B", "city"),
        "unknown_node": lambda: node("X", "nowhere"),
        "empty": lambda: node("", "city"),
        "cycle": lambda: change_node(bureau, date(2021, 1, 1), actor="t", parent=below),
        "no_change": lambda: change_node(bureau, date(2021, 1, 1), actor="t", name_zh="节点"),
        "node_in_use": lambda: close_node(below, date(2021, 1, 1), actor="t"),
        "unknown_tree": lambda: create_node(
            "map", "x", name_zh="x", parent=None, valid_from=BEGIN, actor="t"
        ),
    }.items():
        with pytest.raises(DomainError) as caught:
            attempt()
        assert caught.value.code == code
        assert caught.value.message_zh
    with pytest.raises(RefusedError) as caught:
        set_membership(78, "line", 12345, BEGIN, actor="t")
    assert caught.value.code == "unknown_node"
    assert ActionLog.objects.count() == entries
    assert city in queries.tree("line").nodes


def test_a_code_may_be_used_again_after_its_end(home: Home) -> None:
    node("city", None)
    old = node("B", "city")
    close_node(old, date(2022, 1, 1), actor="tester")
    new = node("B", "city", begin=date(2022, 1, 1))
    assert queries.node_by_code("line", "B", date(2021, 12, 31)).id == old
    assert queries.node_by_code("line", "B", date(2022, 1, 1)).id == new


def test_a_parent_cannot_end_above_its_child(home: Home) -> None:
    node("city", None)
    bureau = node("B", "city")
    child = node("C", "B")
    with pytest.raises(DomainError):
        close_node(bureau, date(2022, 1, 1), actor="tester")
    close_node(child, date(2022, 1, 1), actor="tester")
    close_node(bureau, date(2022, 1, 1), actor="tester")
    assert queries.node_by_id(bureau, date(2022, 1, 1)) is None


def test_membership_moves_keep_the_past(home: Home) -> None:
    city, first, second = node("city", None), node("A", "city"), node("B", "city")
    set_membership(77, "line", first, BEGIN, actor="tester")
    set_membership(77, "line", second, date(2024, 7, 1), actor="tester")
    seq = Publication.objects.count()
    assert queries.memberships([77], date(2024, 6, 30)) == {77: {"line": first}}
    assert queries.memberships([77], date(2024, 7, 1)) == {77: {"line": second}}
    assert queries.memberships([77], date(2024, 7, 1), seq=seq - 1) == {77: {"line": first}}
    assert queries.members([first], "line", date(2024, 7, 1)) == []
    assert queries.members([second], "line", date(2024, 7, 1)) == [77]
    # Leaving: a row that only removes, then nothing holds.
    set_membership(77, "line", None, BEGIN, actor="tester")
    assert queries.memberships([77], date(2024, 7, 1)) == {77: {}}
    assert Membership.objects.filter(gone=True).count() == 2
    assert queries.tree("line").path(first) == [queries.node_by_id(city), queries.node_by_id(first)]


def test_outside_is_inherited(home: Home) -> None:
    node("city", None)
    central = node("Z", "city", outside=True)
    below = node("Z1", "Z")
    view = queries.tree("line")
    assert view.is_outside(central)
    assert view.is_outside(below)
    assert not view.is_outside(view.root.id)
    assert view.subtree(central) == {central, below}


@pytest.mark.postgres
def test_the_seeded_areas_follow_the_calendar(city_trees: dict[tuple[str, str], int]) -> None:
    def districts(day: date) -> set[str]:
        return {node.code for node in queries.tree("area", day) if node.kind in ("district", "county")}

    # 38 districts and counties until November 2025, 37 since.
    assert len(districts(date(2025, 11, 5))) == 38
    assert len(districts(date(2025, 11, 6))) == 37
    assert districts(date(2025, 11, 5)) - districts(date(2025, 11, 6)) == {"500105", "500112"}
    assert districts(date(2025, 11, 6)) - districts(date(2025, 11, 5)) == {"cq-liangjiang-district"}
    names = [step.code for step in queries.path(city_trees["area", "500103"], date(2024, 1, 1))]
    assert names == ["city", "cq-main", "cq-main-central", "500103"]
    clusters = [step.name_zh for step in queries.children(city_trees["area", "city"]) if step.kind == "group"]
    assert sorted(clusters) == sorted(["主城都市区", "渝东北三峡库区城镇群", "渝东南武陵山区城镇群"])
    types = [step.code for step in queries.path(city_trees["type", "021"])]
    assert types == ["city", "02", "021"]
    assert {tree for tree, code in city_trees if code == "city"} == {"area", "department", "type", "line"}


def test_seeding_again_changes_nothing(city_trees: dict[tuple[str, str], int]) -> None:
    from jieyue.apps.trees.services.seed import seed_regions

    before = (Publication.objects.count(), ActionLog.objects.count())
    again = seed_regions(load_catalog(), region="500000", actor="tester")
    assert again.items() <= city_trees.items()
    assert (Publication.objects.count(), ActionLog.objects.count()) == before


def test_seeding_again_keeps_the_name_that_the_authority_gave_its_root(
    city_trees: dict[tuple[str, str], int],
) -> None:
    from jieyue.apps.trees.services.seed import seed_regions

    root = NodeSpec("line", "city", "某市机关事务管理局", None, BEGIN, kind="authority")
    register_nodes([root], actor="tester")
    before = Publication.objects.count()
    again = seed_regions(load_catalog(), region="500000", actor="tester")
    assert queries.node_by_code("line", "city").name_zh == "某市机关事务管理局"
    assert Publication.objects.count() == before
    assert again["line", "city"] == city_trees["line", "city"]


def test_a_district_has_only_its_own_area(home: Home) -> None:
    from jieyue.apps.trees.services.seed import seed_regions

    nodes = seed_regions(load_catalog(), region="500110", actor="tester")
    assert [node.code for node in queries.tree("area")] == ["city"]
    assert queries.node_by_code("area", "city").name_zh == "綦江区"
    assert ("type", "021") in nodes


def test_rows_of_one_code_are_versions(home: Home) -> None:
    node("city", None)
    rows = [
        NodeSpec("line", "B", "旧", "city", BEGIN, date(2022, 1, 1)),
        NodeSpec("line", "B", "新", "city", date(2022, 1, 1)),
    ]
    ids = register_nodes(rows, actor="tester")
    history = queries.node_history(ids["line", "B"])
    assert [(info.name_zh, info.valid_to) for info in history] == [
        ("旧", date(2022, 1, 1)),
        ("新", date(9999, 12, 31)),
    ]
    count = Publication.objects.count()
    assert register_nodes(rows, actor="tester") == ids
    assert Publication.objects.count() == count
