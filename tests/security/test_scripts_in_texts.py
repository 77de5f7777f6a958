"""Nothing that a person or a file writes runs in a browser: sixty texts in every text field of the office and of every
form, every page looked at by Chromium, which reports what its content policy refused and what called `alert`."""

from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.urls import resolve

from jieyue.apps.papers import monthly
from scripts.screenshots import serving
from tests.security import written
from tests.security.browse import Looker, lookers
from tests.security.client import signed_in
from tests.security.corpus import CORPUS, texts
from tests.security.routes import ROUTES
from tests.security.visits import Visit, few_visits
from tests.security.world import OWED, PLACES, READ_FROM, WAITING, World
from tests.web.addresses import plain

pytestmark = pytest.mark.browser

#: Who looks at what: kind of the route (routes.py) → role at the root; all else the publisher.
LOOKS = {
    "manages people": "city_admin",
    "looks after the registry": "city_admin",
    "keeps the whole registry": "city_admin",
    "looks after screens": "city_admin",
    "reviews the whole": "reviewer",
    "enters returns": "reviewer",
    "operates the system": "system_admin",
    "reads a bounded sample": "auditor",
}
IN_ENGLISH = "approver"
#: Written into as well, and on no page of this world: what the log, programs and the worker keep, and what only a state
#: shows that no row here is in. A field that is not named here has to be seen.
UNSEEN = frozenset(
    {"accounts.Run.choice", "accounts.Run.notes", "audit.ActionLog.data", "audit.ActionLog.reason",
     "audit.LogCheckpoint.peaks", "audit.LogSalt.object", "audit.LogSalt.salt",
     "disclosure.DataRelease.content", "disclosure.DataRelease.decided_by",
     "disclosure.DataRelease.indicators", "disclosure.DataRelease.kept", "disclosure.DataRelease.left_out",
     "exchange.KeptReply.body", "exchange.KeptReply.by", "exchange.MatchAnswer.by", "exchange.MatchAnswer.text",
     "exchange.Profile.by", "exchange.Profile.name", "identity.Activation.made_by",
     "identity.Mandate.made_by", "identity.User.email", "identity.User.first_name",
     "identity.User.last_name", "jointreview.JointReview.bodies", "jointreview.JointReview.kinds",
     "metering.Derivation.rebuild", "metering.MeteredRequest.actor",
     "metering.MeteredRequest.reason", "metering.Packet.actor", "metering.Packet.client",
     "metering.Packet.findings", "metering.ReadingBatch.actor", "metering.ReadingBatch.findings",
     "metering.ReadingBatch.name", "papers.PaperDraft.changed_by", "papers.PaperOrder.actor",
     "papers.PaperOrder.problem_en", "papers.ReturnedFile.counts", "papers.ReturnedFile.gone",
     "publication.Publication.actor", "registry.Alias.decided_by",
     "registry.InstitutionVersion.sensitive", "returns.CarrierUse.actor",
     "returns.Return.entered_by", "returns.Return.passed_by", "returns.ReturnComment.actor",
     "returns.ReturnSnapshot.attachments", "returns.ReturnSnapshot.entered_by",
     "returns.ReturnSnapshot.findings", "returns.ReturnSnapshot.on_behalf",
     "returns.ReturnVersion.approver", "returns.ReturnVersion.reason", "returns.TheirFile.items",
     "review.ReviewFinding.facts", "review.ReviewRequest.actor", "review.ReviewRun.actor",
     "review.ReviewRun.counts", "review.ReviewRun.unset", "review.RuleRelease.decided_by",
     "review.RuleRelease.trial", "schedule.ScheduledJob.owner", "spotchecks.SpotCheck.closed_by",
     "spotchecks.SpotCheck.scores", "spotchecks.SpotCheck.weights", "summaries.Summary.differs",
     "summaries.Summary.unmet", "summaries.SummaryConsent.actor", "summaries.SummaryConsent.reason",
     "summaries.TheirTable.columns", "summaries.TheirTable.kept_by", "targets.StandingRow.content",
     "targets.TaskResult.by", "trees.BoundaryFile.shapes", "trees.BoundaryFile.unmatched"}
)  # fmt: skip


def given(world: World) -> dict[str, Any]:
    """What the rows hold that the world has not, so that a page shows them."""
    people = dict(get_user_model().objects.values_list("username", "pk"))
    own = world.points["OWN"]
    waiting = world.waiting["OWN"]
    looker, other = people[world.users["publisher", "parent"]], people[world.users["reviewer", "parent"]]
    return {
        "identity.ApiToken.user": looker,
        "identity.Mandate.giver": looker,
        "identity.Mandate.taker": other,
        "identity.SharedView.node": world_root(),
        "identity.SharedView.path": "/quality/",
        "metering.Calibration.point": own,
        "metering.Calibration.serial": "S1",
        "metering.ReadingEdit.begins": READ_FROM,
        "metering.ReadingEdit.ends": READ_FROM + 3600,
        "metering.ReadingEdit.point": own,
        "metering.ToBeMetered.institution": world.ids["OWN"],
        "papers.PaperOrder.code": monthly.CODE,
        "papers.PaperOrder.user": looker,
        "papers.PaperTemplate.code": monthly.CODE,
        "papers.PaperScan.paper": world.papers["city"],
        "returns.Attachment.parent": waiting,
        "returns.Attachment.kind": "pdf",
        "returns.ReturnComment.parent": waiting,
        "returns.ReturnSnapshot.parent": waiting,
        "review.RuleRelease.contents": _rules(),
        "targets.TaskResult.plan": "chongqing-14fyp",
        "targets.TaskResult.task": "solar_pilots",
    }


def world_root() -> int:
    """The body that everybody who looks on sees."""
    from jieyue.apps.trees.queries import tree

    root = tree("line").root
    assert root is not None
    return root.id


def in_another_state(world: World) -> None:
    """Rows of the world in the state in which a page shows what they hold: a summary with comments on its cells, a
    paper let out, with its stamped scan, a page with a saved view."""
    from jieyue.apps.papers.models import PaperDraft
    from jieyue.apps.summaries.models import Summary

    said = [{"unit": "", "item": "", "text": "请核对 电"}]
    Summary.objects.filter(pk=world.summaries["city"]).update(comments=said)
    PaperDraft.objects.filter(pk=world.papers["city"]).update(state=PaperDraft.State.RELEASED)
    views = [{"name": "我的视图", "path": "/quality/", "query": "period=2026-09"}]
    get_user_model().objects.filter(username=world.users["publisher", "parent"]).update(views=views)


def of_the_meter_that_hangs_there(world: World) -> None:
    """A calibration is of the meter whose number it has, and that was written anew."""
    from jieyue.apps.metering.models import Calibration, MeterPeriod

    own = world.points["OWN"]
    Calibration.objects.filter(point=own).update(serial=MeterPeriod.objects.get(point=own).serial)


def _rules() -> dict[str, str]:
    from jieyue.apps.review.releases import contents_of

    return contents_of("survey-default")


def pages(world: World) -> Iterator[tuple[str, str]]:
    """(role, address) of one page of each kind that shows something: of the access matrix, and of the list of all
    addresses; `IN_ENGLISH` reads English."""
    own = PLACES["OWN"].code
    yield from (  # before a form of another page changes what stands there
        ("audit_admin", "/log/"),
        ("city_admin", "/collecting/"),
        ("city_admin", "/spotchecks/1/1/"),
        (IN_ENGLISH, "/holdings/"),
        (IN_ENGLISH, "/papers/templates/"),
    )
    for visit in few_visits(world, lambda visit: own in visit.path):
        kind = ROUTES[visit.route]
        if "post" not in kind and not _saves(visit):
            yield LOOKS.get(kind, "publisher"), visit.path
    for path in plain():
        yield "publisher", path
    yield "publisher", "/papers/orders/1/"
    yield "city_admin", "/review/rules/"
    for path in (
        f"/returns/{own}/NY201/{WAITING}/",
        f"/board/?period={OWED}&node=city",
        f"/worklist/{world.waiting['OWN']}/",
        f"/meters/{world.points['OWN']}/edits/",
    ):
        yield "reviewer", path
    for path in ("/people/", f"/institutions/{own}/", "/data/line/", "/summary/", "/board/"):
        yield IN_ENGLISH, path


def one_of_a_kind(found: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """One of each route and shape of its query: what numbers and codes it names makes no other page."""
    kept: dict[Any, tuple[str, str]] = {}
    for role, path in found:
        asked = urlsplit(path)
        shape = (role, resolve(asked.path).url_name, *sorted(parse_qs(asked.query, keep_blank_values=True)))
        kept.setdefault(shape, (role, path))
    return list(kept.values())


def _saves(visit: Visit) -> bool:
    """Whether a browser would save the answer as a file; test_injection.py looks into files."""
    return "export=" in visit.path or visit.path.endswith(("/marked/", ".csv", "/upload/", "/confirm/"))


def open_sessions(world: World) -> dict[str, str]:
    """Role at the root → the key of a session."""
    found = {}
    get_user_model().objects.filter(username=world.users[IN_ENGLISH, "parent"]).update(language="en")
    for role in {"publisher", "audit_admin", IN_ENGLISH, *LOOKS.values()}:
        client = signed_in(world.users[role, "parent"])
        found[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return found


def look_at_all(where: list[tuple[str, str]], tabs: dict[str, Looker]) -> tuple[str, set[str]]:
    """All that the pages say, and the forms that were sent."""
    said, sent, turn = [], set(), count()
    for role, path in where:
        tab = tabs[role]
        said.append(tab.look(path))
        for number, key, names in tab.forms():
            if key not in sent:
                sent.add(key)
                typed = {name: " ".join(texts(next(turn) * 7, 400)) for name in names}
                tab.fill(number, typed, f"{path} {key}")
    return "\n".join(said), sent


def crawled(world: World, stride: int) -> None:
    """Write, look at everything, and compare."""
    sessions, where = open_sessions(world), one_of_a_kind(pages(world))
    written.fill_up(given(world))
    in_another_state(world)
    fields = written.write(stride)
    of_the_meter_that_hangs_there(world)
    with serving(world.path) as address, lookers(address, sessions) as tabs:
        said, sent = look_at_all(where, tabs)
        troubles = [trouble for tab in tabs.values() for trouble in tab.troubles]
    unseen = {name for name, number in fields.items() if written.token(number) not in said}
    assert troubles == []
    assert sorted(unseen - UNSEEN) == [], (
        "give the world a row that a page shows, or name the field in UNSEEN"
    )
    assert fields.keys() >= UNSEEN
    assert len(where) > 90
    assert len(sent) > 40


def test_no_text_of_any_field_or_form_runs_in_a_browser(own_world: World) -> None:
    """Each field of each row holds as many of the texts as have room in it, another one of them first in each."""
    crawled(own_world, 0)


@pytest.mark.long
@pytest.mark.parametrize("stride", range(6, 60, 6))
def test_nor_does_any_other_of_the_texts_there(own_world: World, stride: int) -> None:
    crawled(own_world, stride)


@pytest.mark.parametrize(
    ("page", "sign"),
    [
        ("<img src=x onerror=alert(1)>", "ran: alert"),
        ("<p onmouseover=x>", "P onmouseover"),
        ("<a href=javascript:x>x</a>", "A hrefjavascript:"),
        ("<a href=//elsewhere.example/>x</a>", "elsewhere.example"),
        ("<base href=x>", "BASE is there"),
        ("<script>1</script>", "SCRIPT inline"),
    ],
)
def test_the_looker_sees_what_it_looks_for(page: str, sign: str) -> None:
    with lookers("http://127.0.0.1:1", {"x": "x"}) as tabs:
        found = tabs["x"]
        found.context.route("**/page", lambda route: route.fulfill(body=page, content_type="text/html"))
        found.look("/page")
        found.page.wait_for_load_state("networkidle")
    assert any(sign in trouble for trouble in found.troubles)


def test_the_corpus_is_sixty_texts() -> None:
    assert len(set(CORPUS)) == 60
    assert list(texts(59, None)) == [CORPUS[59], *CORPUS[:59]]
    assert len(list(texts(0, 10))) == 1
