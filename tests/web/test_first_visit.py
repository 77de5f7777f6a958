"""The first visit: at most five steps by what a person may do, on the workbench, until he has them away."""

import re
from datetime import date

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.returns.models import Return
from jieyue.apps.trees.queries import memberships
from tests.clients import signed_in
from tests.web.conftest import City

TITLE = "第一次来，先看这几步"


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        ("reporter", ["/returns/", "/returns/workbook/", "/profile/", "/help/"]),
        ("reviewer", ["/worklist/", "/board/", "/overview/", "/help/"]),
    ],
)
def test_the_steps_are_those_of_the_role_and_do_not_come_back(
    own_city: City, role: str, wanted: list[str]
) -> None:
    row = Return.objects.filter(state="draft", form="NY201").order_by("pk")[0]
    node = row.subject if role == "reporter" else memberships([row.subject])[row.subject]["line"]
    grant(create_user("newcomer", actor="tests"), role, node=node, valid_from=date(2020, 1, 1), actor="tests")
    client = signed_in("newcomer")
    html = client.get("/").content.decode()
    guide = re.search(r'<section [^>]*aria-labelledby="guide-title".*?</section>', html, re.DOTALL)
    assert guide
    assert "screen-only" in guide[0], "no part of what is printed"
    assert TITLE in guide[0]
    links = re.findall(r'<li><b><a href="([^"]+)"', guide[0])
    assert [link for link in links if link in wanted] == wanted
    assert len(links) <= 5
    assert {client.get(link, follow=True).status_code for link in links} == {200}
    assert client.get("/help/seen/").status_code == 405
    assert TITLE in client.get("/").content.decode(), "only a press has them away"
    for _again in range(2):
        assert client.post("/help/seen/")["Location"] == "/"
    assert TITLE not in client.get("/").content.decode()
    assert TITLE not in signed_in("newcomer").get("/").content.decode(), "nor in another browser"
    assert ActionLog.objects.filter(verb="identity.end_guide").count() == 1
    assert links[0] in client.get("/help/").content.decode(), "the steps stay in the help"
