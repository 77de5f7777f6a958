"""A dashboard is drawn once for all who see the same nodes, for nobody else, and never outlives its numbers."""

import importlib
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, override_settings

from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.services.issue_wall import issue_wall
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.queries import number_of
from jieyue.apps.registry.services.transfer import transfer
from jieyue.apps.returns.services.import_file import FileChoice, import_file
from jieyue.apps.returns.services.import_returns import ImportChoice
from jieyue.apps.review.models import ReviewFinding, ReviewRun
from jieyue.apps.trees.queries import tree
from jieyue.apps.trees.services.load_boundary import load_boundary
from jieyue.web import kept
from jieyue.web.views import change as change_view
from jieyue.web.views import overview as view
from jieyue.web.views import wall as wall_view
from tests.clients import signed_in
from tests.web.addresses import school
from tests.web.conftest import City
from tests.web.test_boundaries import APPROVAL, FILE

PAGE = "/overview/?period=2025&compute=1"


@pytest.fixture
def drawings(monkeypatch) -> list[str]:
    """The scopes whose dashboards were put together since; nothing is kept yet."""
    kept._drawn.clear()
    found: list[str] = []
    made = view.overview_of

    def counted(scope, *rest, **more):
        found.append(scope)
        return made(scope, *rest, **more)

    monkeypatch.setattr(view, "overview_of", counted)
    return found


def dashboard(client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode().partition('id="dashboard"')[2]


def holder(name: str, code: str, **limit) -> User:
    user = create_user(name, actor="tests")
    node = tree("line").by_code[code]
    made = grant(user, "viewer", node=node.id, valid_from=date(2010, 1, 1), actor="tests")
    if limit:
        Grant.objects.filter(pk=made.pk).update(**limit)
    return user


def line_below(city: City) -> str:
    """The code of the first body below the root."""
    view_of_line = tree("line")
    return view_of_line.children(view_of_line.root.id)[0].code


@pytest.mark.parametrize("first", ["city", "district"])
def test_the_plan_board_is_linked_only_for_who_may_open_it(
    own_city: City, drawings: list[str], first: str
) -> None:
    """Whoever drew the dashboard of a body first: no link of the page leads where its reader finds nothing."""
    code = line_below(own_city)
    holder("below", code)
    clients = {"city": own_city.client(), "district": signed_in("below")}
    for name in sorted(clients, key=lambda each: each != first):
        page = dashboard(clients[name], f"{PAGE}&scope=line:{code}")
        said = page.partition('id="no-plan"')[2].partition("</p>")[0]
        assert "没有向本口径单独下达目标" in said
        linked = re.findall(r'href="([^"]+)"', said)
        assert linked == (["/plan/"] if name == "city" else [])
        assert [clients[name].get(address).status_code for address in linked] == [200] * len(linked)


def test_the_second_look_draws_nothing_and_shows_the_same(own_city: City, drawings: list[str]) -> None:
    client = own_city.client()
    first = dashboard(client)
    assert re.search(r"[\d,]{5,}", first)
    assert dashboard(client) == first
    assert drawings == ["city"]
    dashboard(client, f"{PAGE}&indicator=water_total_m3")
    assert drawings == ["city", "city"]


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Path]:
    """The folder that the processes of a site share; empty."""
    drawn = {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(tmp_path / "drawn"),
    }
    with override_settings(CACHES={**settings.CACHES, "drawn": drawn}):
        yield tmp_path / "drawn"


def test_what_one_process_has_drawn_the_others_take(
    own_city: City, drawings: list[str], shared: Path
) -> None:
    first = dashboard(own_city.client())
    kept._drawn.clear()  # as in a process that has drawn nothing yet
    assert dashboard(own_city.client()) == first
    assert drawings == ["city"]
    dashboard(own_city.client("en"))
    assert drawings == ["city", "city"]


def test_nor_do_the_others_take_what_was_drawn_for_who_sees_more(
    own_city: City, drawings: list[str], shared: Path
) -> None:
    body = line_below(own_city)
    own = f"/overview/?scope=line:{body}&period=2025&compute=1"
    dashboard(own_city.client(), own)
    holder("chief", body)
    kept._drawn.clear()
    dashboard(signed_in("chief"), own)
    assert drawings == [f"line:{body}"] * 2
    kept._drawn.clear()
    dashboard(signed_in("chief"), own)
    assert drawings == [f"line:{body}"] * 2, "his own is there for his next look, in whatever process"


def test_what_cannot_be_read_or_written_is_drawn_anew(
    own_city: City, drawings: list[str], shared: Path
) -> None:
    first = dashboard(own_city.client())
    (file,) = shared.iterdir()
    whole = file.read_bytes()
    for spoilt in (b"", whole[:20], whole[: len(whole) // 2], whole[:-8] + b"zerofill"):
        kept._drawn.clear()
        file.write_bytes(spoilt)
        assert dashboard(own_city.client()) == first
    assert drawings == ["city"] * 5
    shutil.rmtree(shared)
    shared.write_text("no folder")
    kept._drawn.clear()
    assert dashboard(own_city.client()) == first


def test_another_language_is_drawn_anew(own_city: City, drawings: list[str]) -> None:
    chinese = dashboard(own_city.client())
    english = dashboard(own_city.client("en"))
    assert "Plan board" in english
    assert "Plan board" not in chinese
    assert drawings == ["city", "city"]


def test_what_the_whole_has_drawn_opens_to_nobody_who_sees_less(own_city: City, drawings: list[str]) -> None:
    body = line_below(own_city)
    own = f"/overview/?scope=line:{body}&period=2025&compute=1"
    whole = own_city.client()
    for address in (PAGE, own):
        dashboard(whole, address)
    holder("chief", body)
    chief = signed_in("chief")
    assert chief.get(f"{PAGE}&scope=city").status_code == 404
    assert drawings == ["city", f"line:{body}"]
    dashboard(chief, own)
    assert drawings[2:] == [f"line:{body}"]  # drawn for himself: he sees other nodes than the whole
    Grant.objects.filter(user__username="chief").delete()
    assert chief.get(own).status_code != 200


def test_of_who_holds_something_for_one_period_only_nothing_is_kept(
    own_city: City, drawings: list[str]
) -> None:
    body = line_below(own_city)
    own = f"/overview/?scope=line:{body}&period=2025&compute=1"
    holder("helper", body)
    user = User.objects.get(username="helper")
    made = grant(
        user, "reviewer", node=tree("line").by_code[body].id, valid_from=date(2010, 1, 1), actor="tests"
    )
    Grant.objects.filter(pk=made.pk).update(forms=["NY201"], periods=["2026-09"])
    client = signed_in("helper")
    dashboard(client, own)
    dashboard(client, own)
    assert drawings == [f"line:{body}"] * 2


def test_the_panel_of_a_change_is_drawn_once_for_who_sees_the_same(
    own_city: City, drawings: list[str], monkeypatch
) -> None:
    asked: list[str] = []
    made = change_view.change

    def counted(scope, *rest, **more):
        asked.append(scope)
        return made(scope, *rest, **more)

    monkeypatch.setattr(change_view, "change", counted)
    body = line_below(own_city)
    holder("panels", body)
    whole, chief = own_city.client(), signed_in("panels")
    address, in_place = "/change/?period=2025&scope=", {"HX-Request": "true"}
    first = whole.get(f"{address}city", headers=in_place)
    again = whole.get(f"{address}city", headers=in_place)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert re.search(r"[\d,]{3,}", first.content.decode())
    assert asked == ["city"]
    assert b"<title>" in whole.get(f"{address}city").content  # the whole page is no panel
    assert asked == ["city", "city"]
    assert chief.get(f"{address}city", headers=in_place).status_code == 404
    assert chief.get(f"{address}line:{body}", headers=in_place).status_code == 200
    assert asked[2:] == [f"line:{body}"]


def test_a_publication_is_seen_at_once(own_city: City, drawings: list[str]) -> None:
    client = own_city.client()
    before = dashboard(client)
    content = f"institution,period,item,value\n{school(own_city)},2025,NY201:120,1000000\n".encode()
    done = import_file(
        content,
        "later.csv",
        actor="tests",
        choice=ImportChoice(publish=True, restate="抄表更正"),
        reading=FileChoice(),
    ).result
    assert done.applied
    after = dashboard(client)
    assert drawings == ["city", "city"]
    assert 90 <= water(after) - water(before) <= 100  # 10⁴ m³: a million less what the school had


def water(page: str) -> int:
    """The number of the tile of water."""
    found = re.search(r'indicator=water_total_m3&amp;period=2025[^"]*"[^>]*>([\d,]+)', page)
    assert found
    return int(found[1].replace(",", ""))


#: Page → (module, name) of what it puts its figures together with.
OTHERS = {
    "/data/line/?period=2025": ("jieyue.web.views.data", "sheet"),
    "/map/?period=2025": ("jieyue.web.views.tile_map", "map_of"),
    "/plan/?period=2025": ("jieyue.web.views.plan", "plan_status"),
    "/quality/?period=2026-09&compute=1": ("jieyue.web.views.quality", "quality_of"),
    "/change/?period=2025&scope=city": ("jieyue.web.views.change", "change"),
}


def content(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode().partition("<main")[2]


@pytest.mark.parametrize("address", OTHERS)
def test_tables_map_plan_quality_and_change_are_drawn_once_too(
    own_city: City, drawings: list[str], monkeypatch, address: str
) -> None:
    module, name = OTHERS[address]
    asked: list[str] = []
    made = getattr(importlib.import_module(module), name)

    def counted(*values, **more):
        asked.append(name)
        return made(*values, **more)

    monkeypatch.setattr(f"{module}.{name}", counted)
    client = own_city.client()
    first = content(client, address)
    once = len(asked)
    assert once
    assert re.search(r"\d,\d{3}|\d\.\d", first)
    assert content(client, address) == first
    assert len(asked) == once
    assert content(own_city.client("en"), address) != first
    assert len(asked) == 2 * once


def test_an_institution_that_left_is_not_named_by_what_was_drawn_before(
    own_city: City, drawings: list[str]
) -> None:
    bodies = tree("line").children(tree("line").root.id)
    body, other = bodies[0], bodies[1]
    holder("lister", body.code)
    client = signed_in("lister")
    pinned = f"/data/line/?scope=line:{body.code}&list=institutions&publication={last_done()}"
    named = re.findall(r'href="/institutions/([^/"]+)/', content(client, pinned))
    code = next(one for one in named if institution(one) is not None)
    assert content(client, pinned).count(code)
    transfer(institution(code), "line", other.code, day=own_city_day(), actor="tests")
    assert code not in content(client, pinned)


def institution(code: str) -> int | None:
    return number_of(code, own_city_day())


def own_city_day() -> date:
    return settings.JIEYUE_HOME.today()


def find_something(code: str) -> None:
    """A reviewers' pass finds something in a return of the closed month; nothing is published by that."""
    run = ReviewRun.objects.create(
        form="NY201", kind="check", periods=["2026-09"], ruleset="r", ruleset_digest="d", returns=1,
        counts={}, unset=[], seq=last_done(), actor="tests", subject=None,
    )  # fmt: skip
    ReviewFinding.objects.create(
        subject=institution(code), form="NY201", period="2026-09", rule="X1", item="110", severity="warning",
        state="open", first_run=run, last_run=run,
    )  # fmt: skip


def test_a_boundary_file_and_the_work_of_reviewers_need_no_publication_to_be_seen(
    own_city: City, drawings: list[str]
) -> None:
    client = own_city.client()
    mapped, quality = "/map/?period=2025", "/quality/?period=2026-09&compute=1"
    assert "draw=outline" not in content(client, mapped)
    load_boundary(FILE, "界线.geojson", approval=APPROVAL, day=date(2025, 11, 6), actor="tests")
    assert "draw=outline" in content(client, mapped)
    before = content(client, quality)
    find_something(school(own_city))
    assert content(client, quality) != before


def test_the_wall_draws_its_figures_once_and_counts_findings_each_time(
    own_city: City, drawings: list[str], monkeypatch
) -> None:
    _, secret = issue_wall("大厅", "city", days=30, actor="tests")
    asked: list[str] = []
    made = wall_view.wall_for

    def counted(*values):
        asked.append("wall")
        return made(*values)

    monkeypatch.setattr(wall_view, "wall_for", counted)
    client, address = Client(), f"/wall/{secret}/"
    first = client.get(address).content
    assert client.get(address).content == first
    assert len(asked) == 1
    find_something(school(own_city))
    after = client.get(address).content
    assert after != first
    assert len(asked) == 1
    _, part = issue_wall("区县", f"line:{line_below(own_city)}", days=30, actor="tests")
    assert Client().get(f"/wall/{part}/").status_code == 200
    assert len(asked) == 2


def test_what_the_log_makes_old_pushes_no_dashboard_out(
    own_city: City, drawings: list[str], monkeypatch
) -> None:
    """Open findings are read anew after every entry of the log; a dashboard stays until a publication."""
    monkeypatch.setattr(kept, "_drawn", LastFew(4))
    reader = own_city.client()
    dashboard(reader)
    assert drawings == ["city"]
    for number in range(5):
        create_user(f"newcomer{number}", actor="tests")
        assert reader.get(f"{PAGE}&part=attention").status_code == 200
    dashboard(reader)
    assert drawings == ["city"]
