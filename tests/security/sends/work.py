"""Good bodies of summaries, meetings, spot checks, papers and what is let out."""

import re
from typing import Any

from tests.security.sends import Ask, done, file, send, who
from tests.security.world import MONTH, YEAR, World

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@send("summary-send")
def _(world: World) -> Ask:
    said = {"form": "NY301", "body": "L-500103", "period": MONTH}
    return Ask(who(world, "approver"), "/summary/send/", said)


@send("summary-act", **{"text-0": "to send back", "unit-0": "to send back", "item-0": "to send back"},
      name="to publish", unit="to consent", period="to consent", room="to consent", reason="to send back")  # fmt: skip
def _(world: World) -> Ask:
    sent = done(_sent(world))
    return Ask(who(world, "publisher"), f"{sent['Location']}act/", {"verb": "accept"})


def _sent(world: World) -> Any:
    said = {"form": "NY301", "body": "L-500103", "period": MONTH}
    return who(world, "approver", "own").post("/summary/send/", said)


@send("joint-call")
def _(world: World) -> Ask:
    said = {"form": "NY201", "period": YEAR, "body": "city", "kind": ["errors", "unexplained", "explained"],
            "only": ["L-500103"], "name": "年度会审", "day": "2026-11-25", "place": "会议室",
            "attending": "张三"}  # fmt: skip
    return Ask(who(world, "reviewer"), "/joint/call/", said)


def meeting(world: World) -> tuple[int, int]:
    review, (place, *_) = world.joint_reviews["L-500103"]
    return review, place


@send("joint-arrange")
def _(world: World) -> Ask:
    said = {"day": "2026-11-26", "place": "二楼会议室", "attending": "张三"}
    return Ask(who(world, "reviewer"), f"/joint/{meeting(world)[0]}/arrange/", said)


@send("joint-close")
def _(world: World) -> Ask:
    (review, place), client = meeting(world), who(world, "reviewer")
    path = f"/joint/{review}/"
    done(client.post(f"{path}{place}/say/", {"seen": "0", "conclusion": "keep", "note": "核实无误"}))
    done(client.post(f"{path}arrange/", {"day": "2026-11-22", "place": "会议室", "attending": "张三"}))
    return Ask(client, f"{path}close/", {"remark": "会审结束"})


@send("joint-say")
def _(world: World) -> Ask:
    review, place = meeting(world)
    said = {"seen": "0", "conclusion": "keep", "note": "核实无误"}
    return Ask(who(world, "reviewer"), f"/joint/{review}/{place}/say/", said)


@send("spotcheck-draw", form="of the period")
def _(world: World) -> Ask:
    said = {
        "period": MONTH,
        "body": "L-500103",
        "method": "random",
        "strata": "body",
        "share": "50",
        "seed": "一",
    }
    return Ask(who(world, "reviewer"), "/spotchecks/draw/", said)


@send("spotcheck-look")
def _(world: World) -> Ask:
    check, (place, *_) = world.spot_checks["L-500103"]
    client = who(world, "reviewer")
    page = client.get(f"/spotchecks/{check}/{place}/").content.decode()
    said = {"seen": _hidden("seen", page), "found-110": "314159260", "evidence-110": "电费发票", "remark": "已看",
            "correction": ""}  # fmt: skip
    return Ask(client, f"/spotchecks/{check}/{place}/look/", said)


@send("spotcheck-close")
def _(world: World) -> Ask:
    check, places = world.spot_checks["L-500103-EDU"]
    client = who(world, "reviewer")
    for place in places:
        page = client.get(f"/spotchecks/{check}/{place}/").content.decode()
        said = dict.fromkeys(re.findall(r'name="(found-110)"', page), "271806170")
        said |= dict.fromkeys(re.findall(r'name="(evidence-110)"', page), "台账")
        done(client.post(f"/spotchecks/{check}/{place}/look/", said | {"seen": _hidden("seen", page)}))
    return Ask(client, f"/spotchecks/{check}/close/", {})


def _hidden(name: str, page: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


@send("paper-draft")
def _(world: World) -> Ask:
    said = {"kind": "monthly-bulletin", "period": MONTH, "body": "L-500103"}
    return Ask(who(world, "reviewer"), "/papers/draft/", said)


def paper(world: World) -> tuple[str, str, int]:
    """Address of a paper, what was seen of it, and how many places are open."""
    path = f"/papers/{world.papers['L-500103']}/"
    page = done(who(world, "reviewer").get(path)).content.decode()
    return path, _hidden("seen", page), page.count('name="text"')


@send("paper-fill")
def _(world: World) -> Ask:
    path, seen, blanks = paper(world)
    return Ask(who(world, "reviewer"), f"{path}fill/", {"seen": seen, "text": ["请按期报送。"] * blanks})


def filled(world: World) -> str:
    path, seen, blanks = paper(world)
    done(who(world, "reviewer").post(f"{path}fill/", {"seen": seen, "text": ["请按期报送。"] * blanks}))
    return path


@send("paper-release")
def _(world: World) -> Ask:
    path, chief = filled(world), who(world, "approver")
    page = done(chief.get(path)).content.decode()
    return Ask(chief, f"{path}release/", {"seen": _hidden("seen", page), "reason": "按期先发"})


@send("paper-scan-keep")
def _(world: World) -> Ask:
    path, chief = filled(world), who(world, "approver")
    page = done(chief.get(path)).content.decode()
    done(chief.post(f"{path}release/", {"seen": _hidden("seen", page), "reason": "按期先发"}))
    return Ask(who(world, "reviewer"), f"{path}scan/", {"file": file("扫描件.pdf", PDF)})


@send("paper-template-keep")
def _(world: World) -> Ask:
    said = {"kind": "monthly-bulletin", "file": file("模板.docx", template(world))}
    return Ask(who(world, "approver"), "/papers/templates/keep/", said)


def template(world: World) -> bytes:
    """The template that comes with the product, with one more paragraph."""
    import io

    from docx import Document

    out = done(who(world, "approver").get("/papers/templates/monthly-bulletin/0/"))
    content = b"".join(out.streaming_content) if out.streaming else out.content
    document = Document(io.BytesIO(content))
    document.add_paragraph("抄送：各区县。")
    sink = io.BytesIO()
    document.save(sink)
    return sink.getvalue()


@send("paper-template-use")
def _(world: World) -> Ask:
    chief = who(world, "approver")
    said = {"kind": "monthly-bulletin", "file": file("模板.docx", template(world))}
    done(chief.post("/papers/templates/keep/", said))
    return Ask(chief, "/papers/templates/use/", {"kind": "monthly-bulletin", "number": "0"})


@send("paper-returned-take")
def _(world: World) -> Ask:
    client = who(world, "reviewer")
    path = f"/papers/{world.papers['L-500103']}/"
    word = done(client.get(f"{path}?export=docx")).content
    said = {"file": file("改.docx", word), "paper": str(world.papers["L-500103"])}
    return Ask(client, "/papers/returned/take/", said)


RELEASE = {"period": YEAR, "indicator": ["energy_total_tce", "water_total_m3"], "note": "年度数据"}


@send("disclosure")
def _(world: World) -> Ask:
    return Ask(who(world, "publisher"), "/disclosure/", RELEASE)


@send("disclosure-decide")
def _(world: World) -> Ask:
    from jieyue.apps.disclosure.models import DataRelease

    client = who(world, "publisher")
    done(client.post("/disclosure/", RELEASE))
    return Ask(client, f"/disclosure/{DataRelease.objects.latest('pk').pk}/", {"verb": "drop"})
