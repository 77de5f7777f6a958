"""What is not there, or not theirs, is refused by every service that is asked for it, and nothing is left behind."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.disclosure.services import decide_release
from jieyue.apps.disclosure.services.propose_release import propose_release
from jieyue.apps.holdings.services.designate import end_designation
from jieyue.apps.holdings.services.load_holdings import load_holdings
from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.jointreview.services.arrange import arrange
from jieyue.apps.jointreview.services.close import close as close_meeting
from jieyue.apps.jointreview.services.conclude import conclude
from jieyue.apps.obligations.services.set_deadline import Decision, set_for_period
from jieyue.apps.papers.services import complete
from jieyue.apps.papers.services.draft import draft_paper
from jieyue.apps.papers.services.keep_scan import keep_scan
from jieyue.apps.papers.services.order import order_paper
from jieyue.apps.papers.services.use_template import use_template
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.registry.accounts_file import AccountsFile
from jieyue.apps.registry.services.import_accounts import import_accounts
from jieyue.apps.registry.services.rename import rename
from jieyue.apps.registry.services.set_sensitive import set_sensitive
from jieyue.apps.registry.services.split import Part, split
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.services.attach import attach, detach
from jieyue.apps.review.services import release_rules
from jieyue.apps.review.services.check_returns import check_returns
from jieyue.apps.review.services.explain import decide, explain
from jieyue.apps.review.services.submit import approve, pass_step
from jieyue.apps.spotchecks.services import look as checks
from jieyue.apps.spotchecks.services.draw import draw_check
from jieyue.apps.summaries.services.decide import recall
from jieyue.apps.summaries.services.drop_their_table import drop_their_table
from jieyue.apps.summaries.services.send import send
from jieyue.apps.summaries.services.take_their_table import keep_their_table
from jieyue.apps.targets.services.import_tasks import declare_file
from jieyue.apps.trees.services.change_node import change_node
from jieyue.apps.trees.services.create_node import create_node
from jieyue.apps.trees.services.set_membership import set_membership
from jieyue.apps.trees.services.withdraw_boundary import withdraw_boundary
from jieyue.catalog.findings import make
from jieyue.domain.period import Period
from jieyue.sample.model import HoldingRow
from tests.watch.watcher import REFUSED, WATCHER

GONE, DAY = 10**9, date(2026, 1, 1)
KEY = Key(GONE, "NY201", "2025")
THING = HoldingRow("gone", "canteen", "1", "x", {}, "", DAY)

#: Each is refused, whoever asks.
ASKED: list[Callable[[User, int], Any]] = [
    lambda user, city: approve(user, KEY),
    lambda user, city: arrange(user, GONE, day="2026-01-01", place="x", attending=""),
    lambda user, city: attach(user, KEY, b"x", "x.png"),
    lambda user, city: change_node(GONE, DAY, actor="t", name_zh="x"),
    lambda user, city: check_returns("NY201", [Period.parse("2024"), Period.parse("2025")], actor="t"),
    lambda user, city: checks.close(user, GONE),
    lambda user, city: checks.look(user, GONE, [], seen=""),
    lambda user, city: close_meeting(user, GONE),
    lambda user, city: complete.fill(user, GONE, [], ""),
    lambda user, city: complete.release(user, GONE, ""),
    lambda user, city: conclude(user, GONE, GONE, "keep", seen=0),
    lambda user, city: create_node("line", "x", name_zh="x", parent="gone", valid_from=DAY, actor="t"),
    lambda user, city: decide(GONE, accept=True, actor="t"),
    lambda user, city: decide_release.drop(user, GONE),
    lambda user, city: decide_release.let_out(user, GONE),
    lambda user, city: declare_file("任务代码\ngone".encode(), "x.csv", home_plan().id, actor="t", reason=""),
    lambda user, city: detach(user, KEY, GONE),
    lambda user, city: draft_paper(user, "plan-brief", city, "2025"),
    lambda user, city: draw_check(user, city, "NY201", "2025"),
    lambda user, city: drop_their_table(GONE, actor="t"),
    lambda user, city: end_designation(GONE, DAY, actor="t", reason=""),
    lambda user, city: explain(GONE, "x", actor="t"),
    lambda user, city: import_accounts(AccountsFile(1, (), (make("missing_column"),)), actor="t", by=None),
    lambda user, city: keep_scan(user, GONE, b"x", "x.pdf"),
    lambda user, city: keep_their_table(GONE, by=user, actor="t"),
    lambda user, city: load_holdings([THING], [], {}, actor="t", reason=""),
    lambda user, city: order_paper(user, "yearly-bulletin", city, "2025"),
    lambda user, city: pass_step(user, KEY),
    lambda user, city: propose_release(user, "2025", []),
    lambda user, city: recall(user, GONE),
    lambda user, city: release_rules.release(GONE, actor="t"),
    lambda user, city: release_rules.withdraw(GONE, actor="t"),
    lambda user, city: rename(GONE, "x", DAY, actor="t"),
    lambda user, city: send(user, city, "NY301", "2025"),
    lambda user, city: set_for_period("gone", Period.parse("2025"), Decision(due_days=1), actor="t"),
    lambda user, city: set_membership(GONE, "line", GONE, DAY, actor="t"),
    lambda user, city: set_sensitive(user, GONE, DAY, sensitive=True, reason="x"),
    lambda user, city: split(GONE, [Part({"code": "x", "name": "x"})], DAY, actor="t"),
    lambda user, city: use_template(user, "plan-brief", GONE),
    lambda user, city: withdraw_boundary(GONE, actor="t"),
]


def test_what_is_not_there_or_not_theirs_is_refused_and_leaves_nothing(
    city_trees: dict[tuple[str, str], int],
) -> None:
    stranger = create_user("stranger", actor="t")
    before = ActionLog.objects.count()
    for ask in ASKED:
        with pytest.raises((ValueError, LookupError)):
            ask(stranger, city_trees["line", "city"])
    assert ActionLog.objects.count() == before
    assert sum(REFUSED in how for how in WATCHER.ran.values()) >= len(ASKED)
