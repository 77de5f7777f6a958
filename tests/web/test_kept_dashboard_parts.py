"""The parts of a dashboard that name institutions: drawn once, for nobody else, and never older than what they say."""

import re

import pytest
from django.conf import settings
from django.test import Client

from jieyue.apps.registry.queries import number_of
from jieyue.apps.registry.services.transfer import transfer
from jieyue.apps.returns.models import Return
from jieyue.apps.review.models import ReviewFinding, ReviewRun
from jieyue.apps.review.services.explain import explain
from jieyue.apps.trees.queries import tree
from jieyue.web import kept
from jieyue.web.views import overview as view
from tests.clients import signed_in
from tests.web.conftest import City
from tests.web.test_kept_parts import holder, line_below

PAGE = "/overview/?period=2025&compute=1"


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which parts were put together since; nothing is kept yet."""
    kept._drawn.clear()
    found: list[str] = []
    for name in ("scatter_of", "attention_of"):
        real = getattr(view, name)

        def counted(scope: str, *rest: object, _real=real, _name=name, **more: object) -> object:
            found.append(f"{_name} {scope}")
            return _real(scope, *rest, **more)

        monkeypatch.setattr(view, name, counted)
    return found


def part(client: Client, name: str, more: str = "") -> str:
    answer = client.get(f"{PAGE}{more}&part={name}", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_institutions_are_drawn_once_for_who_sees_the_same_and_for_nobody_else(
    own_city: City, drawings: list[str]
) -> None:
    code = line_below(own_city)
    scope = f"&scope=line:{code}"
    holder("below", code)
    holder("beside", tree("line").children(tree("line").root.id)[1].code)  # type: ignore[union-attr]
    first = part(own_city.client(), "institutions", scope)
    assert part(own_city.client(), "institutions", scope) == first
    assert drawings == [f"scatter_of line:{code}"]
    assert part(signed_in("below"), "institutions", scope) != ""
    assert len(drawings) == 2, "another reader, drawn for himself"
    assert signed_in("beside").get(f"{PAGE}{scope}&part=institutions").status_code == 404
    part(own_city.client("en"), "institutions", scope)
    assert len(drawings) == 3, "and in each language"
    page = own_city.client().get(f"{PAGE}{scope}&part=institutions").content.decode()
    body = re.search(r'<div class="columns" id="institutions">.*', first, re.DOTALL)
    assert body
    assert body[0].strip() in page, "the page of the part alone holds the same"


def test_who_was_transferred_away_is_named_no_more(own_city: City, drawings: list[str]) -> None:
    """A reader of one body: an institution that it gave away is not his to see from then on."""
    below = tree("line").children(tree("line").root.id)  # type: ignore[union-attr]
    found = None
    for node in below:
        name = f"of-{node.code}"
        holder(name, node.code)
        text = part(signed_in(name), "institutions", f"&scope=line:{node.code}")
        if found := re.search(r'<th scope="row"><a href="/institutions/(\w+)/', text):
            break
    assert found
    code, other = found[1], next(each for each in below if each.code != node.code)
    number = number_of(code)
    assert number is not None
    transfer(number, "line", other.id, day=settings.JIEYUE_HOME.today(), actor="tests", reason="划转")
    assert f"/institutions/{code}/" not in part(signed_in(name), "institutions", f"&scope=line:{node.code}")


def test_a_finding_that_is_explained_is_an_alert_no_more(own_city: City, drawings: list[str]) -> None:
    client = own_city.client()
    row = Return.objects.filter(form="NY201", period="2025").order_by("pk")[0]
    run = ReviewRun.objects.create(
        form="NY201", kind="Y", periods=["2025"], seq=1, ruleset="survey-default", ruleset_digest="0" * 64,
        returns=1, counts={}, unset=[], actor="tests",
    )  # fmt: skip
    finding = ReviewFinding.objects.create(
        subject=row.subject, form="NY201", period="2025", rule="Y03", item="110", severity="warning",
        value="100", facts={}, first_run=run, last_run=run, state="open",
    )  # fmt: skip
    before = part(client, "attention")
    assert part(client, "attention") == before
    assert drawings == ["attention_of city"]
    explain(finding.pk, "扩招一个年级，已核对电费单", actor="operator")
    assert part(client, "attention") != before
