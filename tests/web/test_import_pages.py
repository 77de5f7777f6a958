"""Import by page: bring, see, mend, store; what was previewed is what is stored, and nothing before one says so."""

import io
import re
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jieyue.apps.exchange.models import Batch, MatchAnswer
from jieyue.apps.returns.models import Return
from tests.web.addresses import school
from tests.web.conftest import City, operator
from tests.web.html_text import page_of

PERIOD = "2026-03"
HEAD = "institution,period,item,value,unit"


def csv_file(*lines: str) -> bytes:
    return "\n".join([HEAD, *lines]).encode()


def rows_of(city: City, value: str = "4321.5", period: str = PERIOD) -> bytes:
    code = school(city)
    return csv_file(f"{code},{period},NY201:110,{value},kWh", f"{code},{period},NY201:120,77,m3")


def bring(client: Client, content: bytes, name: str = "三月.csv", **more: str) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post("/import/upload/", {"file": file, "kind": "returns", **more}, follow=True)


def address(answer: Any) -> str:
    return str(answer.request["PATH_INFO"])


def counts(answer: Any) -> list[int]:
    """Read, accepted, duplicate, rejected, as the preview shows them."""
    found = re.findall(r"<dd>(\d+)</dd>", answer.content.decode())
    return [int(text) for text in found[:4]]


def stored() -> int:
    return Return.objects.filter(period=PERIOD).count()


def test_from_the_file_to_the_figure(own_city: City) -> None:
    client = operator()
    preview = bring(client, rows_of(own_city))
    assert preview.status_code == 200
    assert counts(preview) == [2, 2, 0, 0]
    text = page_of(preview).text
    assert "三月.csv" in text
    assert "没有问题" in text or "每一行" in text
    assert stored() == 0, "nothing is stored before one says so"
    source = f"/source/?scope=institution:{school(own_city)}&indicator=water_total_m3&period={PERIOD}"
    assert "未报" in page_of(client.get(source)).text
    done = client.post(f"{address(preview)}confirm/", follow=True)
    assert address(done) == address(preview)
    assert counts(done) == [2, 2, 0, 0]
    assert "已存入" in page_of(done).text
    assert stored() == 1
    assert "77" in page_of(client.get(source)).text
    listed = page_of(client.get("/import/"))
    assert [row.cells[0] for row in listed.tables[0].rows] == ["三月.csv"], "one file is one line"


def test_a_second_press_stores_nothing_twice(own_city: City) -> None:
    client, before = operator(), Batch.objects.count()
    preview = bring(client, rows_of(own_city))
    first = client.post(f"{address(preview)}confirm/")
    again = client.post(f"{address(preview)}confirm/")
    assert (first.status_code, again.status_code) == (302, 409)
    assert "已经存入" in page_of(again).text
    assert stored() == 1
    assert Batch.objects.count() == before + 1
    assert "confirm/" not in client.get(address(preview)).content.decode()


def test_two_presses_at_once_store_it_once(own_city: City, monkeypatch) -> None:
    """The second person confirms while the first one's rows are on their way: it is told, and stores nothing."""
    from jieyue.web import intake

    client, other = operator(), operator()
    preview = bring(client, rows_of(own_city))
    whole = intake.store

    def slower(*args: Any, **more: Any) -> None:
        monkeypatch.setattr(intake, "store", whole)
        assert other.post(f"{address(preview)}confirm/").status_code == 302
        whole(*args, **more)

    monkeypatch.setattr(intake, "store", slower)
    assert client.post(f"{address(preview)}confirm/").status_code == 409
    from jieyue.apps.returns.models import ReturnVersion

    assert ReturnVersion.objects.filter(parent__period=PERIOD).count() == 1


def test_the_same_file_again_is_all_duplicates(own_city: City) -> None:
    client = operator()
    client.post(f"{address(bring(client, rows_of(own_city)))}confirm/")
    again = bring(client, rows_of(own_city))
    assert counts(again) == [2, 0, 2, 0]
    assert "confirm/" not in again.content.decode(), "there is nothing to store"


def test_a_row_that_is_wrong_keeps_all_out_until_one_says_otherwise(own_city: City) -> None:
    client, code = operator(), school(own_city)
    content = csv_file(
        f"{code},{PERIOD},NY201:110,4321.5,kWh",
        f"{code},{PERIOD},NY201:120,许多,m3",
        f"NO-SUCH,{PERIOD},NY201:110,1,kWh",
    )
    preview = bring(client, content)
    assert counts(preview) == [3, 1, 0, 2]
    errors = page_of(client.get(f"{address(preview)}?severity=error")).tables[-1]
    assert {(row.cells[2], row.cells[4]) for row in errors.rows} == {("3", "许多"), ("4", "NO-SUCH")}
    assert not page_of(client.get(f"{address(preview)}?severity=nothing")).tables
    marked = client.get(f"{address(preview)}marked/")
    assert "三月" in marked["Content-Disposition"] or "%E4%B8%89" in marked["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(marked.content))
    sheet = book.worksheets[0]
    coloured = {
        cell.coordinate
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment or cell.fill.fgColor.rgb not in ("00000000", None)
    }
    assert coloured == {"E4", "B5"}, "a csv's rows stand beside their numbers, below a line of letters"
    assert [sheet["A4"].value, sheet["A5"].value] == [3, 4]
    assert (sheet["E4"].value, sheet["B5"].value) == ("许多", "NO-SUCH")
    whole = client.post(f"{address(preview)}confirm/", follow=True)
    assert "未存入" in page_of(whole).text
    assert stored() == 0
    part = client.post(f"{address(preview)}confirm/", {"valid_rows_only": "yes"}, follow=True)
    assert counts(part) == [3, 1, 0, 2]
    assert stored() == 1


def test_a_published_number_is_changed_only_with_a_reason(own_city: City) -> None:
    client = operator()
    client.post(f"{address(bring(client, rows_of(own_city)))}confirm/")
    preview = bring(client, rows_of(own_city, "9999"))
    assert counts(preview) == [2, 0, 1, 1]
    client.post(f"{address(preview)}confirm/")
    profile = f"/institutions/{school(own_city)}/"
    assert "4,321.50" in page_of(client.get(profile)).text
    client.post(f"{address(preview)}confirm/", {"restate": "抄表更正"})
    text = page_of(client.get(profile)).text
    assert "9,999.00" in text
    assert "4,321.50" not in text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "照片.xlsx",
            b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
            "名为 照片.xlsx，实为 png。请交 csv、xlsx 或 xls 文件",
        ),
        ("空.csv", b"", "文件里没有数据行"),
        ("通知.docx", b"PK\x03\x04", "不支持的文件类型“.docx”。请使用 csv、xlsx 或 xls。"),
    ],
)
def test_of_a_file_that_is_no_table_no_column_is_asked_and_no_cell_marked(
    own_city: City, name: str, content: bytes, words: str
) -> None:
    answer = bring(operator(), content, name)
    shown = answer.content.decode()
    assert words in page_of(answer).text
    assert "/mapping/" not in shown
    assert "/marked/" not in shown
    wrong = bring(operator(), csv_file(f"{school(own_city)},{PERIOD},NY201:110,坏,kWh")).content.decode()
    assert "/mapping/" in wrong
    assert "/marked/" in wrong


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100),
        ("a.xlsx", b"PK\x03\x04 not a workbook"),
        ("a.csv", b""),
        ("a.csv", b"\xff\xfe\x00\x00\x01"),
        ("a.pdf", b"%PDF-1.7"),
        ("a.csv", b"just words\n"),
        ("no-suffix", b"<html></html>"),
    ],
)
def test_a_file_that_is_none_is_told_so(own_city: City, name: str, content: bytes) -> None:
    answer = bring(operator(), content, name)
    assert answer.status_code in (200, 422)
    text = page_of(answer).text
    assert "Traceback" not in text
    assert "错误" in text or "▲" in text or "列" in text
    assert not Return.objects.filter(period=PERIOD).exists()
    for batch in Batch.objects.all():
        assert batch.state != "applied"
        assert batch.read == batch.accepted + batch.duplicate + batch.rejected


def test_what_is_missing_or_made_up_in_the_form_is_told(own_city: City) -> None:
    client, before = operator(), Batch.objects.count()
    two = {"file": [SimpleUploadedFile("a.csv", b"x"), SimpleUploadedFile("b.csv", b"y")], "kind": "returns"}
    for data in ({"kind": "returns"}, two):
        answer = client.post("/import/upload/", data)
        assert answer.status_code == 422
        assert page_of(answer).text.count("▲") == 1
    assert bring(client, rows_of(own_city), period="2026-99").status_code == 422
    assert bring(client, rows_of(own_city), kind="secrets").status_code == 404
    assert bring(client, rows_of(own_city), form="NY999").status_code == 404
    assert Batch.objects.count() == before


def test_a_likely_name_is_asked_once_and_never_again(own_city: City) -> None:
    client = operator()
    name = own_city.sample.cases["T1"]["name"]
    content = csv_file(f"{name}（新址）,{PERIOD},NY201:110,4321.5,kWh")
    preview = bring(client, content)
    assert counts(preview) == [1, 0, 0, 1]
    assert f"{address(preview)}names/" in preview.content.decode()
    asked = client.get(f"{address(preview)}names/")
    offered = re.findall(r'name="answer-0"[^>]*value="(\d+)"', asked.content.decode())
    assert 1 <= len(offered) <= 5
    assert name in page_of(asked).text
    known = re.findall(r"S\d{6}", page_of(asked).text)
    number = offered[known.index(school(own_city))]
    answered = client.post(f"{address(preview)}names/", {"answer-0": number}, follow=True)
    assert counts(answered) == [1, 1, 0, 0]
    assert MatchAnswer.objects.count() == 1
    client.post(f"{address(answered)}confirm/")
    later = csv_file(f"{name}（新址）,2026-04,NY201:110,1,kWh")
    assert counts(bring(client, later)) == [1, 1, 0, 0], "not asked again"


def foreign_book(city: City, period: str, value: float) -> bytes:
    """A workbook of somebody else's layout: a banner, headings of its own, text in numbers."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("表一")
        for place, row in enumerate(
            (
                ["某系统导出"],
                ["台账编号", "所属期", "电表度数合计", "备注说明"],
                [school(city), period, value, "无"],
            )
        ):
            for column, cell in enumerate(row):
                sheet.write(place, column, cell)
    return target.getvalue()


def test_a_foreign_layout_is_explained_once_and_known_from_then_on(own_city: City) -> None:
    client = operator()
    asked = bring(client, foreign_book(own_city, PERIOD, 555.5), "外部.xlsx")
    assert address(asked).endswith("/mapping/")
    fields = page_of(asked).fields
    assert "field-0" in fields or "field-0" in asked.content.decode()
    wrong = client.post(address(asked), {"name": "", "field-0": "code"})
    assert wrong.status_code == 422
    twice = {"name": "外部表", "field-0": "code", "field-1": "code"}
    assert client.post(address(asked), twice).status_code == 422
    given = {
        "name": "外部表",
        "field-0": "code",
        "field-1": "period",
        "field-2": "NY201:110",
        "unit-2": "kWh",
    }
    preview = client.post(address(asked), given, follow=True)
    assert preview.status_code == 200
    assert "外部表" in page_of(preview).text
    assert counts(preview) == [1, 1, 0, 0]
    client.post(f"{address(preview)}confirm/")
    assert stored() == 1
    again = bring(client, foreign_book(own_city, "2026-04", 556), "下月.xlsx")
    assert address(again).count("mapping") == 0, "no question the second time"
    assert counts(again) == [1, 1, 0, 0]


def meters(city: City) -> bytes:
    """Two meters of electricity in MWh, a day that stands for its year, a code without its first letter."""
    code = school(city)
    lines = [
        "台账编号,截止日,一号表（兆瓦时）,二号表（兆瓦时）,市政用水",
        f"{code[1:]},12/31/25,300,120.5,9000",
    ]
    return "\n".join(lines).encode()


FURTHER = {
    "name": "两块表",
    "id_prefix": "S",
    "date_order": "mdy",
    "units": "大桶 = m3",
    "items": "",
    "field-0": "code",
    "more-0": "1",
    "field-1": "period",
    "more-1": "1",
    "grain-1": "year",
    "edge-1": "end",
    "field-2": "NY201:110",
    "unit-2": "MWh",
    "more-2": "1",
    "add-2": "yes",
    "origin-2": "metered",
    "field-3": "NY201:110",
    "unit-3": "MWh",
    "more-3": "1",
    "add-3": "yes",
    "origin-3": "metered",
    "field-4": "NY201:120",
    "unit-4": "大桶",
    "more-4": "1",
    "required-4": "yes",
    "scale-4": "0.5",
}


def test_the_form_records_what_a_profile_may_say_further(own_city: City) -> None:
    from jieyue.apps.exchange.queries import profile

    client = operator()
    asked = bring(client, meters(own_city), "电表.csv")
    assert address(asked).endswith("/mapping/")
    text = asked.content.decode()
    assert [
        word
        for word in ("日期代表", "加在每个代码前", "同一指标的几列相加", "单位的其他写法")
        if word not in text
    ] == []
    english = operator("en").get(address(asked)).content.decode()
    assert [
        word
        for word in ("A day stands for", "Put before every code", "Units in other words")
        if word not in english
    ] == []
    client = operator()
    for wrong in ({"scale-4": "half"}, {"edge-0": "end"}, {"add-2": ""}, {"origin-2": "guessed"}):
        refused = client.post(address(asked), FURTHER | wrong)
        assert refused.status_code == 422, wrong
        assert 'value="S"' in refused.content.decode(), "what was said stands in the form again"
    preview = client.post(address(asked), FURTHER, follow=True)
    kept = profile("两块表")
    assert (kept.id_prefix, kept.date_order, kept.units) == ("S", "mdy", {"大桶": "m3"})
    columns = {column.field: column for column in kept.columns}
    assert (columns["period"].grain, columns["period"].edge) == ("year", "end")
    assert (columns["NY201:110"].add, columns["NY201:110"].origin) == (True, "metered")
    assert (columns["NY201:120"].required, str(columns["NY201:120"].scale)) == (True, "1/2")
    # 300 + 120.5 MWh are 420,500 kWh; 9,000 x 0.5 m3. Both are published for 2025, so a reason is asked for.
    client.post(f"{address(preview)}confirm/", {"restate": "核对电表"})
    source = f"/source/?scope=institution:{school(own_city)}&period=2025&indicator="
    assert "4,500" in page_of(client.get(f"{source}water_total_m3")).text
    assert "420,500" in page_of(client.get(f"{source}energy_total_tce")).text


def test_institutions_come_in_by_page_too(own_city: City) -> None:
    client = operator()
    rows = "code,name,type,region,reporting_parent,valid_from\nNEW-001,示例新设单位,01,500111,L-500111,2026-01-01\n"
    preview = bring(client, rows.encode(), "机构.csv", kind="institutions")
    assert counts(preview) == [1, 1, 0, 0]
    assert client.get("/institutions/NEW-001/").status_code == 404
    assert client.post(f"{address(preview)}confirm/").status_code == 302
    assert "示例新设单位" in page_of(client.get("/institutions/NEW-001/")).text
