"""Good bodies of the way of a return: typing, papers, submitting, reviewing, approving, and the boards over it."""

from typing import Any

from django.conf import settings

from tests.security.client import signed_in
from tests.security.sends import Ask, done, file, node, send, who
from tests.security.world import BEGIN, MONTH, OWED, PLACES, WAITING, World

OWN = PLACES["OWN"].code
OPEN = f"/returns/{OWN}/NY201/{OWED}/"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def row(world: World, period: str = OWED) -> Any:
    from jieyue.apps.returns.models import Return

    return Return.objects.get(subject=world.ids["OWN"], form="NY201", period=period)


def begun(world: World, **cells: str) -> Any:
    """The clerk's client; the return of the open month is begun, and the cells are typed."""
    clerk = who(world, "reporter", "leaf")
    done(clerk.post(f"{OPEN}start/"))
    if cells:
        typed = {f"c-{item[1:]}": text for item, text in cells.items()}
        done(clerk.post(f"{OPEN}cells/", typed | {"revision": str(row(world).revision)}))
    return clerk


@send("return-start")
def _(world: World) -> Ask:
    return Ask(who(world, "reporter", "leaf"), f"{OPEN}start/", {})


@send("return-cells")
def _(world: World) -> Ask:
    return Ask(begun(world), f"{OPEN}cells/", {"c-110": "500", "c-120": "7", "revision": "0"})


@send("return-use")
def _(world: World) -> Ask:
    return Ask(begun(world), f"{OPEN}use/", {"use": "110", "case-110": "metered_unpaid", "revision": "0"})


@send("return-fill")
def _(world: World) -> Ask:
    clerk = begun(world)
    return Ask(clerk, f"{OPEN}estimate/", {"estimate": "110:last_period", "revision": "0"})


def explained(world: World) -> dict[str, str]:
    """Every explanation that the page of the return asks for."""
    import re

    page = who(world, "reporter", "leaf").get(OPEN).content.decode()
    return dict.fromkeys(re.findall(r'name="(why-[^"]+)"', page), "核实无误")


@send("return-submit")
def _(world: World) -> Ask:
    clerk = begun(
        world, _1031="300", _104="0", _110="30000000", _111="16000000", _120="270000", _121="900000"
    )
    return Ask(clerk, f"{OPEN}submit/", explained(world) | {"revision": str(row(world).revision)})


@send("return-withdraw")
def _(world: World) -> Ask:
    path = f"/returns/{OWN}/NY201/{WAITING}/withdraw/"
    return Ask(who(world, "reporter", "leaf"), path, {})


@send("return-attach")
def _(world: World) -> Ask:
    return Ask(begun(world), f"{OPEN}attach/", {"file": file("证明.pdf", PDF), "item": "110"})


@send("return-detach")
def _(world: World) -> Ask:
    from jieyue.apps.returns.models import Attachment

    clerk = begun(world)
    done(clerk.post(f"{OPEN}attach/", {"file": file("证明.pdf", PDF), "item": "110"}))
    return Ask(clerk, f"{OPEN}detach/", {"paper": str(Attachment.objects.latest("pk").pk)})


#: The same bytes go into every copy of the world: a workbook says the second in which it was written.
_SENT: dict[str, bytes] = {}


def book(world: World) -> bytes:
    """The workbook of the open month as it goes out, with one cell typed into it."""
    import io

    import openpyxl

    clerk = who(world, "reviewer", "own")
    out = clerk.get(f"/returns/workbook/?form=NY201&period={OWED}&download=1")
    sheets = openpyxl.load_workbook(io.BytesIO(done(out).content))
    sheet = sheets.worksheets[0]
    heads, codes = [], {}
    for line in sheet.iter_rows():
        texts = [str(cell.value or "") for cell in line]
        if any("110" in text for text in texts) and not heads:
            heads = texts
        codes |= {text: line[0].row for text in texts if text == OWN}
    place = next(n for n, text in enumerate(heads) if "110" in text)
    sheet.cell(row=codes[OWN], column=place + 1).value = 500
    sink = io.BytesIO()
    sheets.save(sink)
    return _SENT.setdefault("book", sink.getvalue())


@send("workbook-upload")
def _(world: World) -> Ask:
    said = {"file": file("back.xlsx", book(world)), "form": "NY201", "period": OWED}
    return Ask(who(world, "reviewer", "own"), "/returns/workbook/upload/", said)


@send("workbook-confirm")
def _(world: World) -> Ask:
    officer = who(world, "reviewer", "own")
    said = {"file": file("back.xlsx", book(world)), "form": "NY201", "period": OWED}
    sent = done(officer.post("/returns/workbook/upload/", said))
    return Ask(officer, f"{sent['Location']}confirm/", {"valid_rows_only": "yes"})


def seen(world: World) -> str:
    """What the reviewer of the waiting return has looked at."""
    import re

    page = who(world, "approver").get(f"/worklist/{world.waiting['OWN']}/").content.decode()
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found, page
    return found[1]


@send("worklist-act", code="to send back", **{"comment-110": "to send back"})
def _(world: World) -> Ask:
    said = {"verb": "approve", "seen": seen(world), "reason": ""}
    return Ask(who(world, "approver"), f"/worklist/{world.waiting['OWN']}/act/", said)


@send("worklist-approve", all="all that nothing was found in", mark="with all", form="of the list", kind="of the list",
      body="of the list", reach="of the list")  # fmt: skip
def _(world: World) -> Ask:
    said = {"period": WAITING, "row": [f"{world.waiting['OWN']}:{seen(world)}"]}
    return Ask(who(world, "approver"), "/worklist/approve/", said)


@send("worklist-judge")
def _(world: World) -> Ask:
    from jieyue.apps.review.models import ReviewFinding

    found = ReviewFinding.objects.get(pk=world.findings["OWN"])
    found.pk, found.period = None, WAITING
    found.state, found.explanation = "explained", "搬迁"
    found.save()
    said = {"finding": str(found.pk), "decision": "accept", "reason": ""}
    return Ask(who(world, "reviewer"), f"/worklist/{world.waiting['OWN']}/judge/", said)


@send("review-explain")
def _(world: World) -> Ask:
    return Ask(who(world, "reporter", "leaf"), f"/review/{world.findings['OWN']}/explain/", {"text": "搬迁"})


@send("review-decide")
def _(world: World) -> Ask:
    path = f"/review/{world.findings['OWN']}/"
    done(who(world, "reporter", "leaf").post(f"{path}explain/", {"text": "搬迁"}))
    return Ask(who(world, "reviewer"), f"{path}decide/", {"decision": "back", "reason": "请附证明"})


@send("review-check", form="of the list")
def _(world: World) -> Ask:
    return Ask(who(world, "reviewer"), "/review/check/", {"period": MONTH})


@send("rules-propose")
def _(world: World) -> Ask:
    said = {"ruleset": "survey-default", "from": "2027-01-01", "reason": "新规则"}
    return Ask(who(world, "city_admin"), "/review/rules/propose/", said)


def proposed(world: World) -> str:
    """A proposal that the worker has tried."""
    from jieyue.apps.publication.services.publish import ensure_tables
    from jieyue.apps.review.models import RuleRelease
    from jieyue.apps.review.tasks import try_release

    ensure_tables()
    said = {"ruleset": "survey-default", "from": "2027-01-01", "reason": "新规则"}
    done(who(world, "city_admin").post("/review/rules/propose/", said))
    number = RuleRelease.objects.latest("pk").pk
    try_release.call(number)
    return f"/review/rules/{number}/"


@send("rules-release")
def _(world: World) -> Ask:
    from jieyue.apps.identity.services.create_user import create_user
    from jieyue.apps.identity.services.grant import grant

    user = create_user("another", actor="tests")
    grant(user, "city_admin", node=node("city"), valid_from=BEGIN, actor="tests")
    return Ask(signed_in("another"), f"{proposed(world)}release/", {})


@send("rules-withdraw")
def _(world: World) -> Ask:
    return Ask(who(world, "city_admin"), f"{proposed(world)}withdraw/", {})


@send("board-remind", node="of the page", kind="of the page", form="of the page")
def _(world: World) -> Ask:
    from jieyue.apps.identity.models import User

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    User.objects.filter(username=world.users["reporter", "leaf"]).update(email="own@school.example")
    return Ask(who(world, "reviewer"), "/board/remind/", {"period": OWED, "node": "city", "kind": "missing"})


@send("board-extend", form="of the page", kind="of the page")
def _(world: World) -> Ask:
    said = {"period": OWED, "node": "city", "due_on": "2026-12-25", "reason": "停电", "institution": OWN}
    return Ask(who(world, "city_admin"), "/board/extend/", said)


@send("collecting", checks="of a body that only checks")
def _(world: World) -> Ask:
    said = {"act": "deadline", "form": "NY201", "kind": "M", "period": "", "group": "", "code": "", "opens_days": "1",
            "due_months": "0", "due_days": "18", "due_on": "", "gone": "", "from": "2026-10-01",
            "reason": "市里的规定"}  # fmt: skip
    return Ask(who(world, "city_admin"), "/collecting/", said)
