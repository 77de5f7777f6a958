"""The page of the review rules: who may propose and release, what the trial says, and what everybody reads."""

import csv
import shutil
from pathlib import Path

import pytest
from django.test import Client

from jieyue.apps.review.words import LIMITS
from jieyue.catalog.ruleset import SHIPPED
from jieyue.jobs.worker import Worker
from tests.web.conftest import City
from tests.web.test_review import root, signed_in


@pytest.fixture
def manager(own_city: City) -> Client:
    return signed_in("manager.one", "city_admin", node=root())


def own_rules(settings) -> Path:
    """The shipped rules as the home's own, told apart by their name."""
    folder = Path(settings.JIEYUE_HOME.path) / "rulesets" / "ours"
    shutil.copytree(SHIPPED / "survey-default", folder)
    head = folder / "ruleset.toml"
    head.write_text('id = "ours"\nname_zh = "本市审核规则"\nname_en = "Our rules"\n', "utf-8")
    return folder


def propose(client: Client, name: str = "ours", first: str = "2026-11-01") -> str:
    answer = client.post(
        "/review/rules/propose/", {"ruleset": name, "from": first, "reason": "本市"}, follow=True
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_limits_are_said_in_words(own_city: City) -> None:
    """A reader of the page knows no name of the rule set; each name there has its word."""
    with (SHIPPED / "survey-default/rules.csv").open(encoding="utf-8-sig", newline="") as source:
        rules = list(csv.DictReader(source))
    names = {pair.partition("=")[0] for rule in rules for pair in rule["params"].split("|") if pair}
    assert (len(names) > 10, names - set(LIMITS)) == (True, set())
    page = signed_in("reader.one", "reviewer", node=root()).get("/review/rules/").content.decode()
    assert "下限 0.40；上限 1.20；自身中位数上下 0.3；至少个数 3" in page
    assert "限值 未设" in page
    assert [name for name in names if f"{name}=" in page] == []


def test_one_proposes_the_worker_tries_another_releases(own_city: City, manager: Client, settings) -> None:
    own_rules(settings)
    assert "还没有启用，所以不生效" in manager.get("/review/rules/").content.decode()
    said = propose(manager)
    assert "正在过去的数据上试" in said
    other = signed_in("manager.two", "city_admin", node=root())
    assert "启用</button>" not in other.get("/review/rules/").content.decode()
    Worker(()).once()
    from jieyue.apps.review.models import RuleRelease

    number = RuleRelease.objects.get().pk
    own = manager.get("/review/rules/").content.decode()
    assert "须由另一人启用" in own
    assert "启用</button>" not in own
    refused = manager.post(f"/review/rules/{number}/release/")
    assert (refused.status_code, "须由另一人启用" in refused.content.decode()) == (422, True)
    shown = other.get("/review/rules/").content.decode()
    assert "启用</button>" in shown
    done = other.post(f"/review/rules/{number}/release/", follow=True).content.decode()
    assert "规则已启用" in done
    assert "本市审核规则" in done
    assert "manager.one" in done
    assert "manager.two" in done
    assert other.post(f"/review/rules/{number}/release/").status_code == 409
    assert other.post("/review/rules/987654/release/").status_code == 404


def test_a_proposal_is_taken_back_once_and_what_is_released_is_not(
    own_city: City, manager: Client, settings
) -> None:
    from jieyue.apps.audit.models import ActionLog
    from jieyue.apps.review.models import RuleRelease

    own_rules(settings)
    propose(manager)
    first = RuleRelease.objects.get()
    assert "提议已撤回" in manager.post(f"/review/rules/{first.pk}/withdraw/", follow=True).content.decode()
    Worker(()).once()  # the trial comes too late
    first.refresh_from_db()
    assert (first.state, first.decided_by, first.trial) == (RuleRelease.State.WITHDRAWN, "manager.one", None)
    assert manager.post(f"/review/rules/{first.pk}/withdraw/").status_code == 409
    propose(manager)
    second = RuleRelease.objects.latest("pk")
    Worker(()).once()
    other = signed_in("manager.two", "city_admin", node=root())
    assert other.post(f"/review/rules/{second.pk}/release/").status_code == 302
    assert manager.post(f"/review/rules/{second.pk}/withdraw/").status_code == 409
    verbs = ActionLog.objects.filter(object__startswith="rules:").order_by("id").values_list("verb", "object")
    assert list(verbs) == [
        ("review.propose_rules", f"rules:{first.pk}"),
        ("review.withdraw_rules", f"rules:{first.pk}"),
        ("review.propose_rules", f"rules:{second.pk}"),
        ("review.release_rules", f"rules:{second.pk}"),
    ]


def test_everybody_who_sees_data_reads_the_rules_and_only_a_city_administrator_changes_them(
    own_city: City, manager: Client, settings
) -> None:
    own_rules(settings)
    propose(manager)
    viewer = signed_in("viewer.one", "viewer", node=root())
    page = viewer.get("/review/rules/").content.decode()
    assert "产品自带" in page
    assert "L01" in page
    assert "manager.one" not in page
    assert "提出并试行" not in page
    for client in (viewer, signed_in("reviewer.rules", "reviewer", node=root())):
        assert (
            client.post("/review/rules/propose/", {"ruleset": "ours", "from": "2026-11-01"}).status_code
            == 403
        )
        assert client.post("/review/rules/1/release/").status_code == 403
    from jieyue.apps.trees.queries import Tree, tree

    district = next(node.id for node in tree(Tree.LINE).nodes.values() if node.id != root())
    below = signed_in("manager.below", "city_admin", node=district)
    assert below.post("/review/rules/propose/", {"ruleset": "ours", "from": "2026-11-01"}).status_code == 403


def test_what_cannot_be_proposed_is_refused_on_the_page(own_city: City, manager: Client, settings) -> None:
    folder = own_rules(settings)
    for form, said in (
        ({"ruleset": "ours", "from": "2026-13-01"}, "哪一天"),
        ({"ruleset": "nobody", "from": "2026-11-01"}, "规则集"),
    ):
        answer = manager.post("/review/rules/propose/", form)
        assert (answer.status_code, said in answer.content.decode()) == (422, True)
    (folder / "rules.csv").write_text("code\nX\n", "utf-8")
    answer = manager.post("/review/rules/propose/", {"ruleset": "ours", "from": "2026-11-01"})
    assert (answer.status_code, "rules.csv" in answer.content.decode()) == (422, True)
    assert "已提出" not in manager.get("/review/rules/").content.decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#S001 ==", "末尾缺了东西"),
        ("#S001 + #S002", "应是一个判断"),
        ("#S001 >= prev_year(#S001)", "prev_year 只用于基层报表"),
        ("explained(#S001) OR #S001 > 0", "explained 只用于基层报表"),
        ("0 == tol", "没有写到任何一栏"),
    ],
)
def test_a_rule_about_columns_that_no_table_can_be_judged_by_is_not_proposed(
    own_city: City, manager: Client, settings, text: str, said: str
) -> None:
    file = own_rules(settings) / "rules.csv"
    rules = file.read_text("utf-8")
    file.write_text(rules.replace("abs(#S001 - #S002 - #S003 - #S010) <= tol", text, 1), "utf-8")
    answer = manager.post("/review/rules/propose/", {"ruleset": "ours", "from": "2026-11-01"})
    shown = answer.content.decode()
    assert (answer.status_code, "L16A" in shown, said in shown) == (422, True, True)
    assert "正在过去的数据上试" not in manager.get("/review/rules/").content.decode()
