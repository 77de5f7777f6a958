"""Rights handed on, by pages: what a lent list, a delegation and an audit show and hide, and who may hand on what."""

import io
import re
from datetime import date

import numpy as np
import openpyxl
import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.models import ApiToken, Grant, Mandate, User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.tokens import caller_of
from jieyue.apps.returns.models import Return
from jieyue.apps.review.words import readable as facts_readable
from jieyue.apps.summaries.models import Summary
from tests.security.answers import readable, unpublished
from tests.security.client import signed_in
from tests.security.visits import few_visits
from tests.security.world import BEGIN, MONTH, OWED, PLACES, WAITING, YEAR, World, foreign

PASSWORD = "a long and quiet word"
LENDING = {"form": "NY201", "period": WAITING, "first": "2026-11-22", "last": "2026-11-24"}


def node(code: str) -> int:
    from jieyue.apps.trees.queries import tree

    return tree("line").by_code[code].id


def user(world: World, role: str, position: str) -> User:
    return User.objects.get(username=world.users[role, position])


def client(world: World, role: str, position: str) -> Client:
    return signed_in(world.users[role, position])


def lent(world: World, **more: object):
    form = {**LENDING, "body": node("L-500103"), "username": world.users["reviewer", "sibling"]}
    return client(world, "district_admin", "own").post("/people/handed/lend/", {**form, **more})


def test_a_lent_list_shows_its_month_and_hides_everything_else(own_world: World) -> None:
    guest = client(own_world, "reviewer", "sibling")
    listed = f"/worklist/?period={WAITING}&reach=all"
    own, child, sibling = (PLACES[name].name for name in ("OWN", "CHILD", "SIBLING"))
    assert own not in guest.get(listed).content.decode()
    assert lent(own_world).status_code == 302
    text = guest.get(listed).content.decode()
    assert [name in text for name in (own, child, sibling)] == [True, True, True]
    assert PLACES["FOREIGN"].name not in text
    assert guest.get(f"/worklist/{own_world.waiting['OWN']}/").status_code == 200
    assert guest.get(f"/worklist/{own_world.waiting['FOREIGN']}/").status_code == 404
    assert guest.get(f"/returns/{PLACES['OWN'].code}/NY201/{WAITING}/").status_code == 200
    assert guest.get(f"/returns/{PLACES['OWN'].code}/NY201/{OWED}/").status_code == 404
    home = guest.get("/").content.decode()
    assert f"/worklist/?period={WAITING}&amp;reach=all" in home
    wrong = []
    for visit in few_visits(own_world, lambda one: False):
        if visit.route in ("worklist", "worklist-return", "account"):  # the account names what is lent
            continue
        hidden = foreign("sibling")
        if visit.route == "summary-public":  # everybody's who looks at data; nobody else is named in it
            hidden = unpublished(visit, own_world, hidden)
        found = hidden.found_in(readable(visit.made_by(guest), visit))
        if visit.route == "home":  # the workbench says whose table is lent
            found -= {"L-500103", "渝中区节能管理部门"}
        if found:
            wrong.append((visit.path, sorted(found)))
    assert not wrong


def test_a_lent_list_is_taken_back_by_who_lends_and_by_nobody_else(own_world: World) -> None:
    lent(own_world)
    number = Mandate.objects.get().pk
    guest = client(own_world, "reviewer", "sibling")
    path = f"/people/handed/{number}/end/"
    for role, position, status in (
        ("reviewer", "sibling", 403), ("district_admin", "sibling", 404), ("district_admin", "child", 404),
    ):  # fmt: skip
        assert client(own_world, role, position).post(path).status_code == status
    assert guest.get(f"/worklist/{own_world.waiting['OWN']}/").status_code == 200
    listed = client(own_world, "district_admin", "own").get("/people/handed/").content.decode()
    assert ["交叉审核借出" in listed, "渝中区节能管理部门" in listed, path in listed] == [True] * 3
    assert client(own_world, "district_admin", "own").post(path).status_code == 302
    assert guest.get(f"/worklist/{own_world.waiting['OWN']}/").status_code == 404
    assert "已收回" in client(own_world, "district_admin", "own").get("/people/handed/").content.decode()


def test_what_is_wrong_with_a_loan_is_said_and_changes_nothing(own_world: World) -> None:
    """Who is not there, has no role or reviews nothing gives one answer."""
    answers = set()
    for name in ("no.such.person", "nobody", own_world.users["viewer", "sibling"]):
        answer = lent(own_world, username=name)
        text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
        answers.add((answer.status_code, text.replace(name, "NAME")))
    assert len(answers) == 1
    for more in (
        {"body": node("L-500104")}, {"body": "x"}, {"body": ""}, {"form": "X"}, {"period": "2026-8"}, {"first": "soon"},
        {"last": "2026-11-21"}, {"first": "2020-01-01"}, {"last": "9999-12-31"}, {"period": "\0"},
    ):  # fmt: skip
        assert lent(own_world, **more).status_code == 422, more
    for role in ("reviewer", "approver", "publisher", "security_admin", "viewer"):
        assert client(own_world, role, "own").post("/people/handed/lend/", LENDING).status_code == 403
    assert not Mandate.objects.exists()


def test_a_delegation_is_made_and_taken_back_on_ones_own_page(own_world: World) -> None:
    chief, deputy = (client(own_world, role, "own") for role in ("approver", "viewer"))
    desk = f"/worklist/{own_world.waiting['OWN']}/"
    form = {"username": own_world.users["viewer", "own"], "first": "2026-11-22", "last": "2026-12-01"}
    assert deputy.get(desk).status_code == 403
    assert chief.post("/account/delegate/", {**form, "username": "no.such"}).status_code == 422
    stranger = {**form, "username": own_world.users["approver", "foreign"]}
    assert chief.post("/account/delegate/", stranger).status_code == 422
    assert deputy.post("/account/delegate/", form).status_code == 422
    assert chief.post("/account/delegate/", {**form, "form": "NY201"}).status_code == 302
    assert deputy.get(desk).status_code == 200
    assert "委托" in deputy.get("/account/").content.decode()
    number = Mandate.objects.get().pk
    assert deputy.post(f"/account/handed/{number}/end/").status_code == 404
    assert chief.post(f"/account/handed/{number}/end/").status_code == 302
    assert deputy.get(desk).status_code == 403


def tables(code: str, period: str) -> list[str]:
    """Addresses that show a body's table of a period: page, file, free table, and what stands behind a cell."""
    said = f"?form=NY301&body={code}&period={period}"
    return [f"/summary/{said}", f"/summary/{said}&export=xlsx", f"/summary/cross/{said}",
            f"/summary/cell/{said}&item=110&column=S001"]  # fmt: skip


def statuses(guest: Client, paths: list[str]) -> set[int]:
    return {guest.get(path).status_code for path in paths}


def test_a_lent_list_shows_the_table_of_its_month_until_it_is_taken_back(own_world: World) -> None:
    guest = client(own_world, "reviewer", "sibling")
    assert statuses(guest, tables("L-500103", WAITING)) == {404}
    lent(own_world)
    assert statuses(guest, tables("L-500103", WAITING)) == {200}
    wrong = [*tables("L-500103", MONTH), *tables("L-500103", YEAR), *tables("L-M-HEALTH", WAITING)]
    assert statuses(guest, wrong) == {404}, "another month, the year, another body"
    rooms = f"/summary/?form=NY302&body=L-500103&period={WAITING}"
    assert guest.get(rooms).status_code == 404, "another form"
    assert guest.get(f"/summary/{own_world.summaries['L-500103']}/").status_code == 404
    link = f"/summary/?form=NY301&amp;body=L-500103&amp;period={WAITING}"
    assert link in guest.get("/").content.decode()
    back = f"/summary/cross/?form=NY301&body=L-500103&period={WAITING}&columns=period"
    assert guest.get(back).status_code == 200
    number = Mandate.objects.get().pk
    client(own_world, "district_admin", "own").post(f"/people/handed/{number}/end/")
    assert statuses(guest, tables("L-500103", WAITING)) == {404}


def test_a_deputy_sends_the_table_that_he_was_given_and_nothing_else(own_world: World) -> None:
    chief, deputy = (client(own_world, role, "own") for role in ("approver", "viewer"))
    form = {"username": own_world.users["viewer", "own"], "first": "2026-11-22", "last": "2026-12-01"}
    sending = {"form": "NY301", "body": "L-500103", "period": MONTH}
    assert deputy.post("/summary/send/", sending).status_code == 403
    chief.post("/account/delegate/", {**form, "form": "NY202"})
    assert deputy.post("/summary/send/", sending).status_code == 403, "a grant for machine rooms"
    chief.post("/account/delegate/", {**form, "form": "NY201"})
    assert deputy.post("/summary/send/", {**sending, "body": "city"}).status_code == 404
    sent = deputy.post("/summary/send/", sending)
    assert sent.status_code == 302
    assert chief.get(sent["Location"]).status_code == 200
    assert deputy.post(f"{sent['Location']}act/", {"verb": "accept"}).status_code == 403
    for one in Mandate.objects.all():
        chief.post(f"/account/handed/{one.pk}/end/")
    assert deputy.post(f"{sent['Location']}act/", {"verb": "recall"}).status_code == 403
    assert chief.post(f"{sent['Location']}act/", {"verb": "recall"}).status_code == 302


def test_a_clerk_for_some_days_takes_the_workbook_and_brings_it_back(own_world: World) -> None:
    clerk, deputy = client(own_world, "reporter", "own"), client(own_world, "viewer", "child")
    form = {"username": own_world.users["viewer", "child"], "first": "2026-11-22", "last": "2026-12-01"}
    book = f"/returns/workbook/?form=NY201&period={OWED}"
    assert deputy.get(book).status_code == 403
    clerk.post("/account/delegate/", {**form, "form": "NY201"})
    Grant.objects.filter(mandate__isnull=False).update(periods=[OWED])
    assert f"period={OWED}" in deputy.get("/returns/workbook/").content.decode(), "comes to what he was given"
    assert deputy.get(book.replace(OWED, WAITING)).status_code == 403
    assert deputy.get(book.replace("NY201", "NY203").replace(OWED, "2025-HS")).status_code == 403
    content = deputy.get(f"{book}&download=1").content
    sheet = openpyxl.load_workbook(io.BytesIO(content))
    rows = {row[0].value: row for row in sheet["NY201"].iter_rows(min_row=3)}
    assert set(rows) == {PLACES["OWN"].code, PLACES["CHILD"].code}
    own, child = (int(PLACES[name].electricity / 10) for name in ("OWN", "CHILD"))
    assert _beside(sheet) & {own, child} == {child}, (
        "last month is not in the grant; the child's is his to see"
    )
    whole = openpyxl.load_workbook(io.BytesIO(clerk.get(f"{book}&download=1").content))
    assert _beside(whole) >= {own, child}
    heads = [cell.value for cell in sheet["NY201"][2]]
    column = next(at for at, head in enumerate(heads) if str(head).startswith("110 "))
    rows[PLACES["OWN"].code][column].value = 4321
    changed = io.BytesIO()
    sheet.save(changed)
    brought = {"form": "NY201", "period": OWED}
    wrong = SimpleUploadedFile("b.xlsx", changed.getvalue())
    answer = deputy.post("/returns/workbook/upload/", {**brought, "period": WAITING, "file": wrong})
    assert answer.status_code == 403
    answer = deputy.post(
        "/returns/workbook/upload/", {**brought, "file": SimpleUploadedFile("b.xlsx", changed.getvalue())}
    )
    batch = answer["Location"]
    number = Mandate.objects.get().pk
    clerk.post(f"/account/handed/{number}/end/")
    for path in (batch, f"{batch}marked/"):
        assert deputy.get(path).status_code == 403
    assert deputy.post(f"{batch}confirm/").status_code == 403
    assert not Return.objects.filter(period=OWED, draft__contains="4321").exists()
    clerk.post("/account/delegate/", {**form, "form": "NY201"})
    Grant.objects.filter(mandate__isnull=False).update(periods=[OWED])
    assert deputy.post(f"{batch}confirm/").status_code == 302
    row = Return.objects.get(period=OWED, subject=own_world.ids["OWN"])
    assert '"4321"' in row.draft
    assert deputy.get(batch).status_code == 200


def stated(world: World, period: str, persons: int) -> None:
    """OWN's published return of a period with so many persons."""
    from jieyue.apps.returns.batch import ReturnsBatch
    from jieyue.apps.returns.cells import CellColumns
    from jieyue.apps.returns.services.publish_returns import publish_returns

    cells = CellColumns(("103",), np.array([[persons * 10_000]]), np.full((1, 1), 3, dtype=np.uint8))
    publish_returns([ReturnsBatch("NY201", [world.ids["OWN"]], [period], cells)], actor="tests")


def test_a_finding_names_no_number_of_a_period_that_the_grant_does_not_reach(own_world: World) -> None:
    stated(own_world, "2025-10", 4711)  # a year before
    clerk, deputy = client(own_world, "reporter", "own"), client(own_world, "viewer", "child")
    form = {"username": own_world.users["viewer", "child"], "first": "2026-11-22", "last": "2026-12-01"}
    clerk.post("/account/delegate/", {**form, "form": "NY201"})
    Grant.objects.filter(mandate__isnull=False).update(periods=[OWED])
    sheet = openpyxl.load_workbook(
        io.BytesIO(deputy.get(f"/returns/workbook/?form=NY201&period={OWED}&download=1").content)
    )
    column = next(at for at, cell in enumerate(sheet["NY201"][2]) if str(cell.value).startswith("103 "))
    (row,) = (r for r in sheet["NY201"].iter_rows(min_row=3) if r[0].value == PLACES["OWN"].code)
    row[column].value = 9000
    changed = io.BytesIO()
    sheet.save(changed)
    said = {}
    for name, person in (("clerk", clerk), ("deputy", deputy)):
        file = SimpleUploadedFile("b.xlsx", changed.getvalue())
        brought = person.post("/returns/workbook/upload/", {"form": "NY201", "period": OWED, "file": file})
        said[name] = person.get(brought["Location"]).content.decode()
    assert all("同比" in text and "9000" in text for text in said.values())
    assert ["4711" in said["clerk"], "4711" in said["deputy"]] == [True, False]
    assert deputy.post(f"{brought['Location']}confirm/").status_code == 302
    page = f"/returns/{PLACES['OWN'].code}/NY201/{OWED}/"
    said = {name: one.get(page).content.decode() for name, one in (("clerk", clerk), ("deputy", deputy))}
    assert all("同比" in text for text in said.values())
    assert ["4711" in said[name].replace(",", "") for name in ("clerk", "deputy")] == [True, False]


def test_what_a_limited_right_reads_of_a_finding() -> None:
    facts = {"103": "1", "prev_year:103": "2", "prev_period:103": "3", "base_year:103": "4",
             "sum_periods:103": "5", "NY202:240": "6", "prev_year:NY202:240": "7", "sum_instances:NY202:240": "8",
             "usual": "9", "period": "2025-01", "low": "1", "high": "2", "price": "3", "institution": "7"}  # fmt: skip

    def kept(*reached: tuple[str, str]) -> set[str]:
        return set(facts_readable("NY201", "2026-10", facts, lambda form, period: (form, period) in reached))

    always = {"103", "price", "institution"}
    assert kept(("NY201", "2026-10")) == always
    assert kept(("NY201", "2025-10")) == {*always, "prev_year:103"}
    assert kept(("NY201", "2026-09")) == {*always, "prev_period:103"}
    assert kept(("NY202", "2026-10")) == {*always, "NY202:240", "sum_instances:NY202:240"}


def _beside(sheet: openpyxl.Workbook) -> set[object]:
    """Numbers of the sheet of comparison."""
    page = next(one for one in sheet.worksheets if "不导入" in str(one["A1"].value))
    return {int(cell.value) for row in page.iter_rows(min_row=3, min_col=3) for cell in row if cell.value}


def test_every_page_that_an_auditor_reads_is_one_entry(own_world: World) -> None:
    reader = client(own_world, "auditor", "own")
    pages = [
        "/auditing/",
        f"/returns/{PLACES['OWN'].code}/NY201/{MONTH}/",
        f"/source/?scope=line:L-500103&indicator=energy_total_tce&period={YEAR}",
    ]
    for path in [*pages, pages[1]]:
        assert reader.get(path).status_code == 200
    for path in (
        f"/returns/{PLACES['OWN'].code}/NY201/{OWED}/",
        f"/returns/{PLACES['FOREIGN'].code}/NY201/{MONTH}/",
    ):
        assert reader.get(path).status_code == 404
    assert (reader.get("/account/").status_code, reader.get("/").status_code) == (200, 200)
    entries = ActionLog.objects.filter(verb="identity.read").order_by("id")
    assert [one.data["address"] for one in entries] == [*pages, pages[1]]
    assert {one.actor for one in entries} == {own_world.users["auditor", "own"]}
    text = reader.get("/auditing/").content.decode()
    assert [PLACES[name].name in text for name in ("OWN", "CHILD", "SIBLING")] == [True, True, False]
    assert client(own_world, "viewer", "own").get(pages[1]).status_code == 200
    assert ActionLog.objects.filter(verb="identity.read").count() == 5


def test_what_a_source_leads_an_auditor_to_opens_for_him(own_world: World) -> None:
    """The directory and the tables of the bodies are none of his case: he is not led to them."""
    reader = client(own_world, "auditor", "own")
    panels = [
        reader.get(
            f"/source/?scope={scope}&indicator=energy_total_tce&period={YEAR}", headers={"HX-Request": "true"}
        )
        for scope in ("line:L-500103", f"institution:{PLACES['OWN'].code}")
    ]
    links = {link for one in panels for link in re.findall(r'href="(/[^"]+)"', one.content.decode())}
    assert len(links) >= 2
    assert {link: reader.get(link.replace("&amp;", "&")).status_code for link in links} == dict.fromkeys(
        links, 200
    )


def test_an_audit_is_set_up_by_the_security_administrator_and_kept_from_the_audited(own_world: World) -> None:
    reader = create_user("reader", actor="tests")
    grant(reader, "viewer", node=node("L-500103"), valid_from=BEGIN, actor="tests")
    form = {"occasion": "抽查一", "codes": PLACES["OWN"].code, "form": "NY201", "periods": f"{YEAR}、{MONTH}",
            "first": "2026-11-22", "last": "2026-12-22"}  # fmt: skip
    path = f"/people/{reader.pk}/audit/"
    security, admin = (client(own_world, role, "own") for role in ("security_admin", "district_admin"))
    assert admin.post(path, form).status_code == 403
    assert client(own_world, "security_admin", "sibling").post(path, form).status_code == 404
    for more in ({"codes": "QX-NONE"}, {"codes": PLACES["FOREIGN"].code}, {"form": ""}, {"periods": "soon"}):
        assert security.post(path, {**form, **more}).status_code == 422, more
    kept = security.post(path, {**form, "codes": f"{PLACES['OWN'].code} QX-NONE"}).content.decode()
    for text in (
        f"{PLACES['OWN'].code} QX-NONE</textarea>", 'value="抽查一"', f'value="{YEAR}、{MONTH}"',
        'value="2026-11-22"', 'value="2026-12-22"', 'value="NY201" checked',
    ):  # fmt: skip
        assert text in kept, "a slip in one of two thousand codes loses nothing"
    assert security.post(path, form).status_code == 302
    assert Grant.objects.filter(user=reader, role="auditor").count() == 1
    assert "抽查一" in security.get(f"/people/{reader.pk}/").content.decode()
    for page in (f"/people/{reader.pk}/", "/people/handed/"):
        assert "抽查一" not in admin.get(page).content.decode()
    assert "审计查阅员" not in admin.get(f"/people/{reader.pk}/").content.decode()


def test_a_hand_over_on_the_page_of_the_person(own_world: World) -> None:
    giver = user(own_world, "reporter", "own")
    heir = create_user("heir", actor="tests")
    grant(heir, "viewer", node=node("L-500103"), valid_from=BEGIN, actor="tests")
    form = {"username": "heir", "first": "2026-11-22", "occasion": "调离"}
    path = f"/people/{giver.pk}/successor/"
    admin = client(own_world, "district_admin", "own")
    assert "交接给接任人" in admin.get(f"/people/{giver.pk}/").content.decode()
    assert client(own_world, "district_admin", "sibling").post(path, form).status_code == 404
    for more in ({"username": "no.such"}, {"username": giver.username}, {"first": "x"},
                 {"username": own_world.users["district_admin", "own"]}):  # fmt: skip
        assert admin.post(path, {**form, **more}).status_code == 422, more
    reviewer = user(own_world, "reviewer", "own")
    assert admin.post(f"/people/{reviewer.pk}/successor/", form).status_code == 422
    assert admin.post(path, form).status_code == 302
    assert signed_in(giver.username).get("/returns/").status_code == 403
    assert signed_in("heir").get("/returns/").status_code == 200


def test_tokens_are_made_with_the_password_shown_once_and_taken_back(own_world: World) -> None:
    me = create_user("me", actor="tests", password=PASSWORD)
    grant(me, "viewer", node=node("L-500103"), valid_from=BEGIN, actor="tests")
    here = signed_in("me")
    form = {"name": "报表程序", "days": "30", "verb": "view", "old": PASSWORD}
    for more in (
        {"old": "wrong"},
        {"days": "0"},
        {"days": "367"},
        {"days": "x"},
        {"name": " "},
        {"verb": "approve"},
        {"verb": ""},
    ):
        assert here.post("/account/tokens/", {**form, **more}).status_code == 422, more
    assert not ApiToken.objects.exists()
    (secret,) = re.findall(r">(jy_[\w-]+)<", here.post("/account/tokens/", form).content.decode())
    assert secret not in here.get("/account/").content.decode()
    assert "报表程序" in here.get("/account/").content.decode()
    found = caller_of(secret)
    assert found is not None
    assert (found.user.pk, found.verbs) == (me.pk, {"view"})
    assert (
        client(own_world, "publisher", "own")
        .post("/account/tokens/revoke/", {"token": found.token})
        .status_code
        == 404
    )
    assert here.post("/account/tokens/revoke/", {"token": "9" * 30}).status_code == 404
    assert here.post("/account/tokens/revoke/", {"token": found.token}).status_code == 302
    assert caller_of(secret) is None


@pytest.mark.parametrize("path", ["/people/handed/", "/account/", "/auditing/"])
def test_a_page_asks_the_database_at_most_sixteen_times(own_world: World, path: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(3):
        lent(own_world)
    role = "auditor" if path == "/auditing/" else "district_admin"
    visitor = client(own_world, role, "own")
    visitor.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert visitor.get(path).status_code == 200
    assert len(asked) <= 16, [query["sql"][:90] for query in asked]


def test_a_hand_over_does_not_make_a_strange_account_ones_own(own_world: World) -> None:
    """An account of another district whose roles have ended: handed something, it could be reset and taken over."""
    stranger = create_user("li.ming", actor="tests")
    grant(
        stranger,
        "reporter",
        node=node("L-500104"),
        valid_from=BEGIN,
        valid_to=date(2020, 1, 1),
        actor="tests",
    )
    locked = create_user("wang", actor="tests")
    grant(locked, "viewer", node=node("L-500103"), valid_from=BEGIN, actor="tests")
    get_user_model().objects.filter(pk=locked.pk).update(is_active=False)
    giver = user(own_world, "reporter", "own")
    admin = client(own_world, "district_admin", "own")
    answers = set()
    for name in ("li.ming", "wang", "no.such"):
        form = {"username": name, "first": "2026-12-22", "occasion": "调离"}
        answer = admin.post(f"/people/{giver.pk}/successor/", form)
        text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
        answers.add((answer.status_code, text.replace(name, "NAME")))
    assert [status for status, _text in answers] == [422], "one answer for all three"
    assert not Mandate.objects.exists()
    assert admin.get(f"/people/{stranger.pk}/").status_code == 404


def test_an_auditor_reads_no_number_of_a_period_beside_his(own_world: World) -> None:
    """His periods are the year and September: August beside it, and September a year before, are not his."""
    from jieyue.apps.returns.batch import ReturnsBatch
    from jieyue.apps.returns.cells import one_row
    from jieyue.apps.returns.services.save_drafts import save_drafts

    cells = one_row({"110": (986_540_000, 3)})
    save_drafts(ReturnsBatch("NY201", [own_world.ids["OWN"]], ["2026-08"], cells), actor="tests")
    reader, viewer = (client(own_world, role, "own") for role in ("auditor", "viewer"))
    address = f"/returns/{PLACES['OWN'].code}/NY201/{MONTH}/"
    assert "98,654" in viewer.get(address).content.decode(), "beside September, for who may read both"
    shown = reader.get(address).content.decode()
    assert "98,654" not in shown
    assert "没有列出：2025年9月、2026年8月。" in shown, "a dash is not taken for a return that is missing"
    assert "没有列出" not in viewer.get(address).content.decode()
    assert reader.get(address.replace("2026-09", "2026-08")).status_code == 404


#: What each verb is asked with, whole: nothing but the right is wanting.
VERBS = {
    "recall": {"reason": "核对"},
    "accept": {},
    "return": {"reason": "核对"},
    "consent": {"unit": PLACES["OWN"].code, "period": YEAR, "reason": "抄错"},
    "publish": {"name": "公示表"},
}


def summaries_said() -> list[object]:
    """Every summary and every entry about one."""
    rows = [*Summary.objects.order_by("pk").values()]
    return [rows, ActionLog.objects.filter(verb__startswith="summaries.").count()]


def doors(guest: Client, numbers: list[int], sending: dict[str, str]) -> dict[tuple[object, str], int]:
    """The statuses of sending, and of every verb at summaries that the person is shown."""
    found: dict[tuple[object, str], int] = {}
    for number in numbers:
        assert guest.get(f"/summary/{number}/").status_code == 200
        for verb, more in VERBS.items():
            answer = guest.post(f"/summary/{number}/act/", {"verb": verb, **more})
            found[number, verb] = answer.status_code
    found["", "send"] = guest.post("/summary/send/", sending).status_code
    return found


def test_an_auditor_does_nothing_at_the_summaries_that_he_reads(own_world: World) -> None:
    reader = client(own_world, "auditor", "parent")
    before = summaries_said()
    sending = {"form": "NY301", "body": "L-500103", "period": MONTH}
    found = doors(reader, list(own_world.summaries.values()), sending)
    assert set(found.values()) == {403}, found
    assert summaries_said() == before


def test_who_was_lent_a_list_does_nothing_at_the_summary_of_its_month(own_world: World) -> None:
    guest, chief = client(own_world, "reviewer", "sibling"), client(own_world, "approver", "own")
    sending = {"form": "NY301", "body": "L-500103", "period": MONTH}
    assert chief.post("/summary/send/", sending).status_code == 302
    assert lent(own_world, period=MONTH).status_code == 302
    before = summaries_said()
    found = doors(guest, [Summary.objects.get(period=MONTH).pk], sending)
    assert set(found.values()) == {403}, found
    assert summaries_said() == before


def test_an_old_mandate_is_found_and_taken_back(own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from jieyue.apps.identity import handed

    admin = client(own_world, "district_admin", "own")
    heirs = []
    for number in range(3):
        giver = create_user(f"giver.{number}", actor="tests")
        grant(giver, "reporter", node=own_world.ids["OWN"], valid_from=BEGIN, actor="tests")
        heir = create_user(f"heir.{number}", actor="tests")
        grant(heir, "viewer", node=node("L-500103"), valid_from=BEGIN, actor="tests")
        form = {"username": heir.username, "first": "2026-12-22", "occasion": "调离"}
        assert admin.post(f"/people/{giver.pk}/successor/", form).status_code == 302
        heirs.append(heir)
    monkeypatch.setattr(handed, "_MOST", 2)
    oldest = Mandate.objects.order_by("pk").first()
    assert oldest is not None
    assert admin.post(f"/people/handed/{oldest.pk}/end/", {"reason": "不调了"}).status_code == 302
    oldest.refresh_from_db()
    assert oldest.ended_on is not None
    other = client(own_world, "district_admin", "sibling")
    newest = Mandate.objects.order_by("-pk").first()
    assert newest is not None
    assert other.post(f"/people/handed/{newest.pk}/end/", {"reason": "x"}).status_code == 404
