"""The pages and the command: the table as on paper, a district sends, the city sends back and accepts, 公示, files."""

import html
import io
import re
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import pypdfium2
import pytest
from django.test import Client

from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.services import approve_return
from jieyue.apps.summaries.models import Summary
from jieyue.apps.trees.queries import tree
from jieyue.apps.trees.services.change_node import change_node
from tests.apps.accounts import desk
from tests.apps.summaries.dozen import BEGIN, MONTH, PLACES, YEAR, Dozen, below, bring_rooms, expected, stated
from tests.apps.summaries.test_unapproved import bring
from tests.cli.command import jieyue
from tests.clients import quiet_refusals, signed_in

DISTRICT = "L-500103"


@pytest.fixture(autouse=True)
def _quiet() -> None:
    quiet_refusals()


def visitor(name: str) -> Client:
    client = signed_in(name)
    client.post("/language/", {"language": "zh-hans", "next": "/"})
    session = client.session
    session["second_factor"] = True
    session.save()
    return client


def text_of(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))  # type: ignore[attr-defined]


def cells_of_row(answer: object, code: str) -> list[str]:
    """The ten cells of the line with this code, as the page shows them."""
    rows = re.findall(r"<tr>.*?</tr>", answer.content.decode(), re.S)  # type: ignore[attr-defined]
    for row in rows:
        parts = [
            re.sub(r"<[^>]*>", "", part).strip()
            for part in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)
        ]
        if len(parts) == 13 and parts[1] == code:
            return parts[3:]
    raise AssertionError(code)


def offers_to_send(answer: object) -> bool:
    return 'action="/summary/send/"' in answer.content.decode()  # type: ignore[attr-defined]


def shown(item: str, names: list[str]) -> list[str]:
    """Expected texts: thousands separated by commas, a dash where nobody states the item."""
    texts = []
    for value in expected(stated(item), names):
        if value is None:
            texts.append("—")
            continue
        whole, _, rest = f"{float(value):.4f}".rstrip("0").rstrip(".").partition(".")
        texts.append(f"{int(whole):,}" + (f".{rest}" if rest else ""))
    return texts


def test_the_table_is_laid_out_as_on_paper(read: Dozen) -> None:
    answer = visitor("c-publisher").get(f"/summary/?period={YEAR}")
    assert cells_of_row(answer, "110") == shown("110", [name for name in PLACES if name != "O1"])
    assert cells_of_row(answer, "100") == ["12", "2", "7", "2", "1", "—", "2", "1", "1", "2"]
    heads = re.findall(r"<th scope=\"col(?:group)?\"[^>]*>(.*?)</th>", answer.content.decode())
    assert heads[:6] == ["项目", "代码", "单位", "合计", "国家机关", "事业单位"]
    assert heads[6:14] == ["团体组织", "事业单位小计", "教育", "科技", "文化", "卫生", "体育", "其他"]
    text = text_of(answer)
    assert "公共机构 12 家，其中 2 家由其他单位合并填报" in text
    assert "应报 11 家，报齐 9 家" in text  # all but the members M1, M2 and O1; P1 and S1 are not in
    assert "按 NY301 表式的内部汇总" not in text
    assert "按 NY301 表式的内部汇总" in text_of(visitor("c-publisher").get("/summary/?period=2025-03"))


def test_a_body_sees_its_own_line_alone(read: Dozen) -> None:
    client = visitor("d-viewer")
    answer = client.get(f"/summary/?period={YEAR}")
    assert cells_of_row(answer, "110") == shown("110", below(DISTRICT, "L-500103-EDU"))
    for body in ("city", "L-500104", "L-M-HEALTH", "NO-SUCH"):
        assert client.get(f"/summary/?period={YEAR}&body={body}").status_code == 404
        assert client.get(f"/summary/cell/?period={YEAR}&body={body}&item=110").status_code == 404
        assert client.get(f"/summary/cross/?period={YEAR}&body={body}").status_code == 404
    assert "上报</button>" not in answer.content.decode()


def test_a_cell_opens_down_to_the_return(read: Dozen) -> None:
    client = visitor("c-publisher")
    answer = client.get(f"/summary/cell/?period={YEAR}&item=110&column=S004")
    text = text_of(answer)
    assert "62,078.5 千瓦时" in text
    assert text.index("单位A2") < text.index("单位A1")
    assert "12 份月报" in text
    versions = client.get(f"/summary/cell/?period={YEAR}&item=110&column=S004&unit=A1")
    links = re.findall(r'href="(/returns/A1/NY201/[^"]+)"', versions.content.decode())
    assert links == [f"/returns/A1/NY201/2025-{month:02d}/#r-110" for month in range(1, 13)]
    opened = client.get(links[2].partition("#")[0])
    assert "1,003" in opened.content.decode()  # March: 1000 + 3
    assert 'id="r-110"' in opened.content.decode()


def test_the_workbook_is_laid_out_like_the_paper_table(read: Dozen) -> None:
    answer = visitor("d-approver").get(f"/summary/?period={YEAR}&export=xlsx")
    assert f"NY301-{DISTRICT}-{YEAR}.xlsx" in answer["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    head = next(place for place, row in enumerate(rows) if row[0] == "项目")
    assert rows[head][:6] == ("项目", "代码", "单位", "合计", "国家机关", "事业单位")
    assert rows[head + 1][5:12] == ("事业单位小计", "教育", "科技", "文化", "卫生", "体育", "其他")
    power = next(row for row in rows if row[1] == "110")
    wanted = expected(stated("110"), below(DISTRICT, "L-500103-EDU"))
    assert [None if value is None else float(value) for value in wanted] == list(power[3:13])
    assert not any(isinstance(cell, str) and cell.startswith("=") for row in rows for cell in row)
    assert any("示例" in str(row[0]) or "合成" in str(row[0]) for row in rows)  # a sample home says so


def test_the_table_is_printed_from_its_page_for_whom_the_page_is(read: Dozen) -> None:
    """The district's schools: A1 12,078 kWh by months and A2 50,000.5 kWh."""
    district = visitor("d-approver")
    shown = district.get(f"/summary/?period={YEAR}").content.decode()
    link = html.unescape(re.search(r'href="(\?[^"]*export=pdf)"', shown)[1])
    answer = district.get(f"/summary/{link}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert f"NY301-{DISTRICT}-{YEAR}.pdf" in answer["Content-Disposition"]
    said = pypdfium2.PdfDocument(answer.content)[0].get_textpage().get_text_range()
    assert "62,078.5" in said
    assert "表号：NY301" in said
    assert district.get(f"/summary/?period={YEAR}&body=city&export=pdf").status_code == 404
    for basis in ("unapproved", "reported"):
        page = f"/summary/?period={YEAR}&basis={basis}"
        assert "export=pdf" not in district.get(page).content.decode(), "only what is approved is filed"
        assert district.get(f"{page}&export=pdf").status_code == 404


def test_a_district_sends_the_city_sends_back_then_accepts(dozen: Dozen) -> None:
    district, city = visitor("d-approver"), visitor("c-approver")
    form = {"form": "NY301", "body": DISTRICT, "period": YEAR}
    sent = district.post("/summary/send/", form)
    assert sent.status_code == 302
    address = sent["Location"]
    assert district.post("/summary/send/", form).status_code == 409
    assert district.post(f"{address}act/", {"verb": "accept"}).status_code == 403
    assert [name for name in ("c-approver", "c-second", "d-second", "o-approver", "d-viewer")
            if address in visitor(name).get("/").content.decode()] == ["c-approver", "c-second"]  # fmt: skip
    page = city.get(address)
    assert "退回综合表" in text_of(page)
    wrong = city.post(f"{address}act/", {"verb": "return", "reason": "核对", "unit-0": "H1", "text-0": "x"})
    assert wrong.status_code == 422
    assert "这份综合表里没有 H1" in text_of(wrong)
    back = {
        "verb": "return",
        "reason": "电量请核对",
        "unit-0": "G1",
        "item-0": "110",
        "text-0": "是度还是千度",
    }
    assert city.post(f"{address}act/", back).status_code == 302
    text = text_of(district.get(address))
    assert "电量请核对" in text
    assert "G1 110：是度还是千度" in text
    again = district.post("/summary/send/", form)["Location"]
    assert again != address
    assert city.post(f"{again}act/", {"verb": "accept"}).status_code == 302
    assert city.post(f"{again}act/", {"verb": "accept"}).status_code == 409
    assert "已接受" in text_of(district.get(f"/summary/?period={YEAR}"))
    for stranger in ("o-approver", "e-approver"):
        assert visitor(stranger).get(again).status_code == 404
        assert visitor(stranger).post(f"{again}act/", {"verb": "recall"}).status_code == 404


def test_what_was_reported_first_stays_beside_the_table_of_now(dozen: Dozen) -> None:
    district, city = visitor("d-approver"), visitor("c-approver")
    address = district.post("/summary/send/", {"form": "NY301", "body": DISTRICT, "period": YEAR})["Location"]
    city.post(f"{address}act/", {"verb": "accept"})
    desk.publish({("G1", YEAR): {"110": "7005"}}, restate="抄错")
    now = district.get(f"/summary/?period={YEAR}")
    assert cells_of_row(now, "110")[:2] == ["162,104.5", "100,026"]
    assert "此后有 2 格变化" in text_of(now)
    first = district.get(f"/summary/?period={YEAR}&basis=reported")
    assert cells_of_row(first, "110")[:2] == ["162,099.5", "100,021"]
    assert cells_of_row(district.get(address), "110")[:2] == ["162,099.5", "100,021"]
    assert "1 家单位的版本已不同" in text_of(district.get(address))


def test_the_page_as_reported_says_nothing_of_now_and_leads_nowhere_dead(dozen: Dozen) -> None:
    """An accepted table, then a unit corrected: links open, counts and roll-ups of now are not beside old numbers."""
    district, city = visitor("d-approver"), visitor("c-approver")
    form = {"form": "NY301", "body": DISTRICT, "period": YEAR}
    address = f"/summary/?period={YEAR}&body={DISTRICT}&basis=reported"
    of_now = ("应报", "合并填报", "各口径是否一致", "未报齐", "审核规则")
    for accepted in (False, True):
        if accepted:
            city.post(f"{district.post('/summary/send/', form)['Location']}act/", {"verb": "accept"})
        desk.publish({("G1", YEAR): {"110": "7009" if accepted else "7005"}}, restate="抄错")
        page = district.get(address)
        assert cells_of_row(page, "110")[0] == ("162,104.5" if accepted else "162,099.5")
        links = {
            html.unescape(link)
            for link in re.findall(r'href="([^"]+)"', page.content.decode())
            if link.startswith(("?", "/summary/"))
        }
        assert any(link.startswith("/summary/cross/") for link in links)
        dead = [
            link
            for link in links
            if district.get(f"/summary/{link}" if link.startswith("?") else link).status_code != 200
        ]
        assert not dead
        body = text_of(page).partition("首报数")[2]
        assert not [words for words in of_now if words in body]
        file = district.get(f"{address}&export=xlsx")
        noted = [
            str(cell)
            for row in openpyxl.load_workbook(io.BytesIO(file.content)).active.values
            for cell in row
        ]
        assert not [text for text in noted if "合并填报" in text or "报齐" in text]


def test_periods_beside_each_other_say_where_the_form_had_no_such_item(dozen: Dozen) -> None:
    """Photovoltaic electricity is asked since the revision of 2022: of 2021 there is nothing to compare with."""
    desk.publish({("G1", "2021"): {"110": "6000"}, ("G1", "2023"): {"110": "6500", "pv_kwh": "40"}})
    address = f"/summary/cross/?period={YEAR}&rows=body&columns=period&item="
    heads, *rows = (
        line.split(",")
        for line in visitor("d-approver")
        .get(f"{address}pv_kwh&export=csv")
        .content.decode("utf-8-sig")
        .split("\r\n")
    )
    then = next(at for at, head in enumerate(heads) if head.startswith("2021年"))
    later = next(at for at, head in enumerate(heads) if head.startswith("2023年"))
    assert "当时的报表没有此项" in heads[then]
    assert "当时的报表没有此项" not in heads[later]
    total = next(row for row in rows if row[0] == "合计")
    assert (total[then], total[later]) == ("", "40")
    known = visitor("d-approver").get(f"{address}110").content.decode()
    assert "当时的报表没有此项" not in known


def test_without_an_accepted_table_what_was_published_first_is_as_reported(dozen: Dozen) -> None:
    """G1 is corrected twice, one month of A1 once; the district's electricity was 162099.5, S002 100021."""
    desk.publish({("G1", YEAR): {"110": "7005"}}, restate="抄错")
    desk.publish({("G1", YEAR): {"110": "7009"}}, restate="又抄错")
    desk.publish({("A1", f"{YEAR}-03"): {"110": "2003", "120": "103"}}, restate="补抄")
    district = visitor("d-approver")
    now, first = (district.get(f"/summary/?period={YEAR}&basis={one}") for one in ("approved", "reported"))
    assert cells_of_row(now, "110")[:2] == ["163,108.5", "100,030"]
    assert cells_of_row(first, "110")[:2] == ["162,099.5", "100,021"]
    assert "各报表首次公布的数" in text_of(first)
    file = district.get(f"/summary/?period={YEAR}&basis=reported&export=xlsx")
    shown = {
        str(cell) for row in openpyxl.load_workbook(io.BytesIO(file.content)).active.values for cell in row
    }
    assert "162099.5" in shown
    assert any("各报表首次公布的数" in text for text in shown)
    # Sent and accepted now, the accepted table takes the place of the first publication.
    form = {"form": "NY301", "body": DISTRICT, "period": YEAR}
    address = district.post("/summary/send/", form)["Location"]
    assert cells_of_row(district.get(f"/summary/?period={YEAR}&basis=reported"), "110")[0] == "162,099.5"
    visitor("c-approver").post(f"{address}act/", {"verb": "accept"})
    last = district.get(f"/summary/?period={YEAR}&basis=reported")
    assert cells_of_row(last, "110")[:2] == ["163,108.5", "100,030"]
    assert "各报表首次公布的数" not in text_of(last)


def test_what_differs_since_is_of_approved_data_and_only_that_is_sent(dozen: Dozen) -> None:
    """G1's month is approved and sent; C1's is submitted only: nothing approved has moved, whatever is looked at."""
    desk.publish({("G1", MONTH): {"110": "300"}})
    district, city = visitor("d-approver"), visitor("c-approver")
    table = f"/summary/?period={MONTH}&body={DISTRICT}"
    assert offers_to_send(district.get(table))
    address = district.post("/summary/send/", {"form": "NY301", "body": DISTRICT, "period": MONTH})[
        "Location"
    ]
    city.post(f"{address}act/", {"verb": "accept"})
    bring(dozen, "C1", MONTH, 440, "submitted")
    pages = {
        basis: district.get(f"{table}&basis={basis}") for basis in ("approved", "unapproved", "reported")
    }
    power = {basis: cells_of_row(page, "110")[0] for basis, page in pages.items()}
    assert power == {"approved": "300", "unapproved": "740", "reported": "300"}
    for basis, page in pages.items():
        assert "格变化" not in text_of(page), basis
        assert not offers_to_send(page), basis
    desk.publish({("G1", MONTH): {"110": "310"}}, restate="抄错")
    for basis, button in (("approved", True), ("unapproved", False), ("reported", False)):
        page = district.get(f"{table}&basis={basis}")
        assert "此后有 2 格变化" in text_of(page), basis
        assert offers_to_send(page) == button, basis


def test_consent_to_reopen_names_the_machine_room(dozen: Dozen) -> None:
    """A2 has two rooms, each a return of its own: one of them is let go, the other stays locked."""
    bring_rooms("A2", {"1": {"201": "20"}, "2": {"201": "30"}})
    district, city = visitor("d-approver"), visitor("c-approver")
    address = district.post("/summary/send/", {"form": "NY302", "body": DISTRICT, "period": YEAR})["Location"]
    assert city.post(f"{address}act/", {"verb": "accept"}).status_code == 302
    assert 'name="room"' in city.get(address).content.decode()
    say = {"verb": "consent", "unit": "A2", "period": YEAR, "reason": "面积抄错"}
    none = city.post(f"{address}act/", say)
    assert none.status_code == 422
    assert "综合表里没有这份报表" in text_of(none)
    for kept in ('value="A2"', 'value="面积抄错"'):  # what was typed stays
        assert kept in none.content.decode()
    assert city.post(f"{address}act/", {**say, "room": "3"}).status_code == 422
    assert city.post(f"{address}act/", {**say, "room": " 2 "}).status_code == 302
    chief, school = dozen.user("e-approver"), dozen.number("A2")
    with pytest.raises(RefusedError) as held:
        approve_return.reopen(chief, Key(school, "NY202", YEAR, "1"), reason="面积抄错")
    assert held.value.code == "in_accepted_summary"
    approve_return.reopen(chief, Key(school, "NY202", YEAR, "2"), reason="面积抄错")


def test_a_form_of_one_return_asks_for_no_room(dozen: Dozen) -> None:
    district, city = visitor("d-approver"), visitor("c-approver")
    address = district.post("/summary/send/", {"form": "NY301", "body": DISTRICT, "period": YEAR})["Location"]
    city.post(f"{address}act/", {"verb": "accept"})
    page = city.get(address).content.decode()
    assert 'value="consent"' in page
    assert 'name="room"' not in page


@pytest.mark.parametrize(
    ("day", "elsewhere"),
    [(date(2026, 3, 1), 404), (date(2025, 6, 1), 403)],
    ids=["after the year", "within it"],
)
def test_who_is_to_decide_finds_the_summary_after_its_body_has_moved(
    dozen: Dozen, day: date, elsewhere: int
) -> None:
    """The department sent to its district and hangs below another now: what was sent waits where it was sent to."""
    department, other = dozen.node("L-500103-EDU"), dozen.node("L-500104")
    form = {"form": "NY301", "body": "L-500103-EDU", "period": YEAR}
    address = visitor("e-approver").post("/summary/send/", form)["Location"]
    change_node(department, day, actor="tests", parent=other)
    district, neighbour = visitor("d-approver"), visitor("o-approver")
    assert address in district.get("/").content.decode()
    page = district.get(address)
    assert cells_of_row(page, "110") == shown("110", below("L-500103-EDU"))
    for link in re.findall(r'<a class="btn btn-quiet" href="([^"]*)"', page.content.decode()):
        assert district.get(address + link if link.startswith("?") else link).status_code == 200, link
    assert address not in neighbour.get("/").content.decode()
    assert neighbour.post(f"{address}act/", {"verb": "accept"}).status_code == elsewhere
    assert visitor("d-viewer").post(f"{address}act/", {"verb": "accept"}).status_code == 403
    assert district.get("/summary/?period=2025&body=L-500103-EDU").status_code == 404
    assert district.post(f"{address}act/", {"verb": "accept"}).status_code == 302
    assert Summary.objects.get().state == "accepted"
    desk.publish({("A2", YEAR): {"110": "7"}}, restate="抄错")
    now = visitor("c-approver").get(address)
    assert "此后有" in text_of(now)
    assert "此后" not in text_of(
        district.get(address)
    )  # of what became of it the other district's people know


def test_an_accepted_table_is_published_by_the_publisher(typed: Dozen) -> None:
    publisher = visitor("c-publisher")
    form = {"form": "NY301", "body": "city", "period": YEAR}
    address = visitor("c-approver").post("/summary/send/", form)["Location"]
    assert publisher.get(f"{address}public/").status_code == 404
    assert publisher.post(f"{address}act/", {"verb": "publish", "name": "公示"}).status_code == 409
    publisher.post(f"{address}act/", {"verb": "accept"})
    named = {"verb": "publish", "name": "二〇二五年公共机构能源资源消费状况公示"}
    assert visitor("c-approver").post(f"{address}act/", named).status_code == 403
    assert publisher.post(f"{address}act/", named).status_code == 302
    text = text_of(publisher.get(f"{address}public/"))
    assert named["name"] in text
    assert "c-publisher" in text
    row = Summary.objects.get(form="NY301", published_at__isnull=False)
    assert (row.public_name, row.published_by) == (named["name"], "c-publisher")
    file = publisher.get(f"{address}public/?export=xlsx")
    assert openpyxl.load_workbook(io.BytesIO(file.content)).active["A1"].value == named["name"]


def test_a_published_table_is_everybodys_who_looks_at_data(typed: Dozen) -> None:
    """Of the city's two tables one is published: others' districts and a clerk of one school find that, and no more."""
    line = tree("line").by_code
    for name, role, node in (
        ("a-clerk", "reporter", typed.number("A1")),
        ("o-clerk", "viewer", line["L-500104"].id),
        ("keeper", "system_admin", line["city"].id),
    ):
        grant(create_user(name, actor="tests"), role, node=node, valid_from=BEGIN, actor="tests")
    publisher, name = visitor("c-publisher"), "二〇二五年公共机构能源资源消费状况"
    addresses = {}
    for form in ("NY301", "NY302"):
        bring_rooms("A2", {form[-1]: {"201": "20"}})
        said = {"form": form, "body": "city", "period": YEAR}
        addresses[form] = visitor("c-approver").post("/summary/send/", said)["Location"]
        publisher.post(f"{addresses[form]}act/", {"verb": "accept"})
    publisher.post(f"{addresses['NY301']}act/", {"verb": "publish", "name": name})
    public = f"{addresses['NY301']}public/"
    for who in ("a-clerk", "o-clerk", "c-approver"):
        client = visitor(who)
        start = client.get(f"/summary/?period={YEAR}")
        assert f'href="{public}"' in start.content.decode(), who
        assert name in text_of(start), who
        page = client.get(public)
        assert cells_of_row(page, "110") == shown("110", [code for code in PLACES if code != "O1"]), who
        back = re.search(r'class="btn btn-quiet" href="(/summary/\?[^"]*)"', page.content.decode())
        assert client.get(back[1].replace("&amp;", "&") if back else "").status_code == 200, who
        file = client.get(f"{public}?export=xlsx")
        assert openpyxl.load_workbook(io.BytesIO(file.content)).active["A1"].value == name, who
        others = client.get(f"{addresses['NY302']}public/")
        assert others.status_code == 404, who
        assert client.get(addresses["NY301"]).status_code == (200 if who == "c-approver" else 404), who
        assert client.post(f"{addresses['NY301']}act/", {"verb": "recall"}).status_code != 302, who
    assert visitor("keeper").get(public).status_code == 403
    assert Client().get(public)["Location"].startswith("/signin/")


def test_a_free_table_adds_up(read: Dozen) -> None:
    """City 2025, electricity, area by type: the total of all is the table's own, X1 is said to be in no area."""
    client = visitor("c-publisher")
    answer = client.get(f"/summary/cross/?period={YEAR}&rows=area&columns=type&item=110&export=csv")
    rows = [line.split(",") for line in answer.content.decode("utf-8-sig").split("\r\n")]
    total = str(float(sum(stated("110").values())))
    assert rows[1][0] == "合计"
    assert rows[1][-1] == total
    assert "（未填）" in {row[0] for row in rows}
    several = client.get(
        f"/summary/cross/?period={YEAR}&rows=department&columns=items&item=110&item=120&export=csv"
    )
    lines = {
        row[0]: row[1:]
        for row in (text.split(",") for text in several.content.decode("utf-8-sig").split("\r\n"))
    }
    assert lines["卫生系统"] == [
        "531021",
        "66321",
    ]  # H1, H2, U1, K1: 400000+120000+8000+3021; 50000+16000+321
    for query in ("rows=area&columns=area", "rows=x", "columns=items&item=999"):
        assert client.get(f"/summary/cross/?period={YEAR}&{quote(query, safe='=&')}").status_code == 404


def test_the_command_shows_and_sends(dozen: Dozen) -> None:
    """As an operator uses it; the operator does not accept his own."""
    from django.conf import settings

    from jieyue.apps.identity.services.make_operator import make_operator, operator_name

    make_operator(operator_name(), root=dozen.node("city"))
    home = settings.JIEYUE_HOME.path
    done = _run(home, "show", "--period", YEAR, "--body", DISTRICT)
    power = next(row for row in done["items"] if row["item"] == "110")
    assert power["cells"]["S001"] == "162099.5"
    assert (power["cells"]["S005"], power["institutions"]["S001"]) == (None, 5)
    assert [one["agrees"] for one in done["roll_ups"] if one["tree"] == "line"] == [True]
    sent = _run(home, "send", "--period", YEAR, "--body", DISTRICT)
    assert (sent["state"], sent["number"], sent["cells"]["110"][0]) == ("sent", 1, "162099.5")
    listed = jieyue(home, "summary", "list", as_json=False).stdout
    assert ("已上报" in listed, "第几次" in listed, "sent" in listed) == (True, True, False)
    assert _run(home, "accept", str(sent["id"]), status=1)["error"]["code"] == "own_summary"
    assert _run(home, "recall", str(sent["id"]))["state"] == "recalled"
    assert [row["state"] for row in _run(home, "list")] == ["recalled"]


def _run(home: Path, *words: str, status: int = 0) -> Any:
    said = jieyue(home, "summary", *words)
    assert said.code == status, said.stderr
    return said.document
