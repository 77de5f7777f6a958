"""The workbench of those who see no figures: what they act on stands there, and nobody else sees it."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from jieyue.apps.audit.queries import log_state
from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.identity.models import Activation
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.trees.queries import tree
from tests.clients import signed_in
from tests.web.conftest import City

DAY = date(2020, 1, 1)


def _home_of(role: str) -> str:
    root = tree("line").by_code["city"].id
    grant(create_user(f"one-{role}", actor="tests"), role, node=root, valid_from=DAY, actor="tests")
    return signed_in(f"one-{role}").get("/").content.decode()


def _facts(html: str, title: str) -> dict[str, str]:
    card = re.search(rf"<h2>{title}</h2>.*?</section>", html, re.DOTALL)
    assert card, title
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]*)</dd>", card[0]))


def test_who_keeps_accounts_is_told_of_those_that_wait(own_city: City) -> None:
    before = {key: int(text) for key, text in _facts(_home_of("security_admin"), "账号").items()}
    for name in ("waits", "outdated", "shut"):
        user = create_user(name, actor="tests")
        user.set_unusable_password()
        user.is_active = name != "shut"
        user.save()
        days = -1 if name == "outdated" else 30
        until = timezone.now() + timedelta(days=days)
        if name != "shut":
            Activation.objects.create(
                user=user, digest="x", made_at=timezone.now(), expires_at=until, made_by="tests"
            )
    html = signed_in("one-security_admin").get("/").content.decode()
    now = {key: int(text) for key, text in _facts(html, "账号").items()}
    assert {key: now[key] - before[key] for key in now} == {"已停用": 1, "待启用": 1, "激活码已过期": 1}
    assert 'href="/people/"' in html


def test_who_watches_the_log_is_told_where_it_stands(own_city: City) -> None:
    html = _home_of("audit_admin")
    made = checkpoint()
    assert made is not None
    facts = _facts(signed_in("one-audit_admin").get("/").content.decode(), "操作日志")
    assert int(facts["其中已签检查点的"].replace(",", "")) == made.size
    assert int(facts["已成链的条数"].replace(",", "")) == log_state().numbered >= made.size
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", facts["最近一条"])
    assert "jieyue verify-log" in html


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        ("security_admin", ["/people/"]),
        ("system_admin", ["/jobs/"]),
        ("audit_admin", ["/log/"]),
        ("collector", ["/account/"]),
    ],
)
def test_they_find_their_way_and_see_no_figure(own_city: City, role: str, wanted: list[str]) -> None:
    html = _home_of(role)
    main = html.partition('<main id="main">')[2].partition("</main>")[0]
    assert 'class="num' not in main
    for address in wanted:
        assert f'href="{address}"' in main
    client = signed_in(f"one-{role}")
    assert {client.get(address).status_code for address in wanted} == {200}
    guide = re.search(r'<section [^>]*aria-labelledby="guide-title".*?</section>', main, re.DOTALL)
    assert guide
    assert re.findall(r'<li><b><a href="([^"]+)"', guide[0]) == [*wanted, "/help/"]


def test_who_leads_reads_the_verdicts_first_and_others_do_not_see_those_cards(own_city: City) -> None:
    html = _home_of("publisher")
    titles = re.findall(r"<h2>([^<]+)</h2>", html.partition('<main id="main">')[2])
    own = [title.strip() for title in titles if "第一次来" not in title]
    assert re.fullmatch(r"\d{4}年规划指标结论", own[0])
    assert {"账号", "操作日志", "读数由程序报送"}.isdisjoint(own)
    reviewer = _home_of("approver")
    assert "操作日志" not in reviewer
