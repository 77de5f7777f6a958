"""A summary table in a foreign layout: recorded from a sample, out by page and command, read back before it leaves.

The layout is made up here; it is nobody's official one. The district's year 2025, added up by hand (dozen.py):
electricity of A1, A2, G1, C1, K1: 12078 + 50000.5 + 7000 + 90000 + 3021 = 162099.5, of schools 62078.5, of state organs
100021; water 1278 + 900 + 300 + 4000 + 321 = 6799; coal 2.25 + 1.0001.
"""

import hashlib
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.models import Profile
from jieyue.apps.exchange.profile import parse
from jieyue.apps.exchange.queries import kept_profiles
from jieyue.apps.exchange.reader import read_bytes
from jieyue.apps.exchange.services.save_profile import save_profile
from jieyue.apps.publication.errors import RefusedError
from tests.apps.summaries.dozen import YEAR, Dozen
from tests.apps.summaries.test_pages import text_of, visitor
from tests.cli.command import DONE, REFUSED, jieyue
from tests.clients import quiet_refusals

DISTRICT, NAME = "L-500103", "上级综合表"
#: Two rows of headings with a merged group; electricity in 万千瓦时, water by our own unit; one row that we have not.
SHEET: list[list[Any]] = [
    ["某平台 综合表（样表）", None, None, None, None, None, None, None, None, None, None, None],
    [
        "指标名称",
        "计量单位",
        "合计",
        "国家机关",
        "事业单位",
        None,
        None,
        None,
        None,
        None,
        "团体组织",
        "备注",
    ],
    [None, None, None, None, "小计", "教育", "科技", "文化", "卫生", "体育", None, None],
    ["用水量", "立方米", 1, 1, 1, 1, 1, 1, 1, 1, 1, None],
    ["电力消费量", "万千瓦时", 1, 1, 1, 1, 1, 1, 1, 1, 1, None],
    ["碳排放权交易额", "万元", 1, 1, 1, 1, 1, 1, 1, 1, 1, None],
]
MERGED = ("A1:L1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:J2", "K2:K3", "L2:L3")


@pytest.fixture(autouse=True)
def _quiet() -> None:
    quiet_refusals()


def sample(rows: list[list[Any]] = SHEET) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "综合表"
    for row in named(rows):
        sheet.append(row)
    for corner in MERGED:
        sheet.merge_cells(corner)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def named(rows: list[list[Any]]) -> list[list[Any]]:
    """The two rows that we know go by our own names of items 120 and 110."""
    from jieyue.apps.publication.rules import home_catalog

    names = {code: home_catalog().item(f"NY201:{code}").name_zh for code in ("120", "110")}
    words = {"用水量": names["120"], "电力消费量": names["110"]}
    return [[words.get(cell, cell) for cell in row] for row in rows]


def recorded(client: Client, content: bytes, **more: str) -> Any:
    file = SimpleUploadedFile("sample.xlsx", content)
    return client.post("/outward/record/", {"file": file, "form": "NY301", "name": NAME, **more})


def take(client: Client, **more: str) -> Any:
    number = next((one.number for one in kept_profiles("summaries") if one.name == NAME), 0)
    said = {"profile": str(number), "period": YEAR, "body": DISTRICT, "kind": "xlsx"}
    return client.post("/outward/take/", said | more)


def test_a_layout_is_recorded_from_a_sample_and_the_table_leaves_in_it(dozen: Dozen) -> None:
    assert recorded(visitor("c-publisher"), sample()).status_code == 302
    district = visitor("d-approver")
    assert NAME in district.get("/outward/").content.decode()
    first = take(district)
    said = text_of(first)
    assert first.status_code == 200
    for told in ("指标 130", "指标 102", "不读的列留空"):
        assert told in said, "coal and floor area have no row, remarks are left blank"
    assert not ActionLog.objects.filter(verb="summaries.take_out").exists()
    file = take(district, seen="yes")
    rows = [list(row) for row in openpyxl.load_workbook(io.BytesIO(file.content)).active.values]
    assert rows[:3] == named(SHEET)[:3], "heads as the sample had them"
    water, power = rows[3], rows[4]
    assert water[1:11] == ["立方米", 6799, 4621, 2178, 2178, None, None, None, None, None]
    # 162099.5, 100021 and 62078.5 kWh in 万千瓦时.
    assert power[1:6] == ["万千瓦时", 16.20995, 10.0021, 6.20785, 6.20785]
    assert rows[5][:3] == ["碳排放权交易额", "万元", None], "a row that we do not have stays, blank"
    assert "碳排放权交易额" in said
    entry = ActionLog.objects.get(verb="summaries.take_out")
    assert entry.data["sha256"] == hashlib.sha256(file.content).hexdigest()


def test_another_district_takes_nothing_and_who_brings_no_files_records_nothing(dozen: Dozen) -> None:
    recorded(visitor("c-publisher"), sample())
    assert take(visitor("o-approver"), seen="yes").status_code == 404
    assert recorded(visitor("d-approver"), sample()).status_code == 403
    assert Profile.objects.count() == 1


def test_a_sample_that_is_no_such_table_is_refused_with_the_reason(dozen: Dozen) -> None:
    chief = visitor("c-publisher")
    for content, said in (
        (sample([["机构", "电"], ["甲", 1]]), "没有认出综合表"),
        (sample([*SHEET[:3], ["碳排放权交易额", "万元", 1, *[None] * 9]]), "没有一行认得出"),
        (b"not a workbook", "没有认出综合表"),
    ):
        answer = recorded(chief, content)
        assert answer.status_code == 422
        assert said in text_of(answer)
    assert recorded(chief, sample(), name=" ").status_code == 422
    assert not Profile.objects.exists()


def test_a_name_that_a_mapping_of_another_kind_has_is_not_taken(dozen: Dozen, tmp_path: Path) -> None:
    """Recording a layout as “月报” would have replaced the mapping by which returns are read; nor the other way."""
    from django.conf import settings

    text = 'profile = 1\nkind = "returns"\nform = "NY201"\n[[column]]\nheading = "单位代码"\nfield = "code"\n'
    save_profile("月报", parse(text), actor="tests")
    chief = visitor("c-publisher")
    answer = recorded(chief, sample(), name="月报")
    assert answer.status_code == 422
    assert "“月报”已是报表的映射方案" in text_of(answer)
    assert recorded(chief, sample()).status_code == 302
    with pytest.raises(RefusedError, match=r"returns|summary tables") as refused:
        save_profile(NAME, parse(text), actor="tests")
    assert refused.value.code == "profile_name_taken"
    assert {(row.name, row.kind) for row in Profile.objects.all()} == {
        ("月报", "returns"),
        (NAME, "summaries"),
    }
    save_profile("月报", parse(text), actor="tests")  # a new version of the same kind stays possible
    file = tmp_path / "returns.csv"
    file.write_text("单位代码\nA1\n", "utf-8")
    words = ("--form", "NY201", "--period", YEAR, "--map", NAME, file)
    said = jieyue(settings.JIEYUE_HOME.path, "import", "returns", *words)
    assert said.code == REFUSED
    assert NAME in said.stderr


def plain(title: str, heads: list[str], *rows: list[Any]) -> bytes:
    """A sample of one row of headings below a title."""
    book = openpyxl.Workbook()
    for row in named([[title], heads, *rows]):
        book.active.append(row)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def left_with(content: bytes) -> list[list[Any]]:
    """The rows of the district's table in the layout of a sample, below title and headings."""
    assert recorded(visitor("c-publisher"), content).status_code == 302
    file = take(visitor("d-approver"), seen="yes")
    assert file.status_code == 200, text_of(file)
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(file.content)).active.values][2:]


@pytest.mark.parametrize(
    ("title", "total"),
    [("样表", "合计（万千瓦时）"), ("样表 单位：万千瓦时", "合计"), ("样表（单位：万千瓦时）", "合计")],
)
def test_the_unit_of_the_heading_or_of_the_line_above_is_the_rows(
    dozen: Dozen, title: str, total: str
) -> None:
    """162099.5 kWh are 16.20995 万千瓦时; they left as 162099.5 below that word."""
    rows = left_with(plain(title, ["指标名称", total], ["电力消费量", 1]))
    assert rows[0][1] == 16.20995


def test_a_body_beside_the_word_unit_is_none_and_a_row_says_its_own(dozen: Dozen) -> None:
    heads = ["指标名称", "计量单位", "合计"]
    rows = left_with(plain("填报单位：某区", heads, ["用水量", None, 1], ["电力消费量", "万千瓦时", 1]))
    assert [row[2] for row in rows[:2]] == [6799, 16.20995]


@pytest.mark.parametrize(
    ("heads", "row", "said"),
    [
        (["指标名称", "合计"], ["用水量（百立方米）", 1], "百立方米”单位不认识"),
        (["指标名称", "计量单位", "合计"], ["用水量", "万千瓦时", 1], "万千瓦时”单位与指标"),
        (["指标名称", "合计（万千瓦时）"], ["用水量", 1], "万千瓦时”单位与指标"),
        (
            ["指标名称", "计量单位", "合计（万千瓦时）"],
            ["电力消费量", "千瓦时", 1],
            "千瓦时”单位与指标或表头",
        ),
        (["指标名称", "代码", "合计"], ["用水量", "110", 1], "110”代码与名称不是同一指标"),
    ],
)
def test_a_sample_whose_rows_do_not_fit_is_not_recorded(
    dozen: Dozen, heads: list[str], row: list[Any], said: str
) -> None:
    names = {cell: name for cell, name in zip(row, named([row])[0], strict=True) if isinstance(cell, str)}
    water = named([["用水量"]])[0][0]
    names["用水量（百立方米）"] = f"{water}（百立方米）"
    answer = recorded(visitor("c-publisher"), plain("样表", heads, [names.get(cell, cell) for cell in row]))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not Profile.objects.exists()


def test_their_codes_stay_and_rows_that_we_do_not_have_stay_in_place_and_are_named(dozen: Dozen) -> None:
    heads = ["指标名称", "代码", "合计"]
    rows = (["一、能源", "A", None], ["电力消费量", "A01", 1], ["其他", "A02", 1], ["其他", "A03", 1],
            ["用水量", "B01", 1], ["用水量", "B02", 1])  # fmt: skip
    written = left_with(plain("样表", heads, *rows))
    water, power = (named([[word]])[0][0] for word in ("用水量", "电力消费量"))
    assert [row[:3] for row in written[:6]] == [
        ["一、能源", "A", None],
        [power, "A01", 162099.5],
        ["其他", "A02", None],
        ["其他", "A03", None],
        [water, "B01", 6799],
        [water, "B02", None],
    ]
    first = text_of(take(visitor("d-approver")))
    for word in ("一、能源", "其他"):
        assert f"“{word}”一行我们没有对应的指标" in first


def test_a_row_that_the_period_did_not_ask_for_is_told(dozen: Dozen) -> None:
    """Photovoltaic electricity is asked since the revision of 2022: a layout with it, for a period before."""
    from jieyue.apps.exchange.lexicon import of_catalog
    from jieyue.apps.exchange.summary_layout import record_layout, write_table
    from jieyue.apps.publication.rules import home_catalog
    from jieyue.apps.summaries.outward import table_words
    from jieyue.domain.period import Period

    now, then = (table_words("NY301", Period.parse(year)) for year in (YEAR, "2021"))
    pv = next(item for item in now.items if item.code == "pv_kwh")
    read = read_bytes(plain("样表", ["指标名称", "合计"], ["电力消费量", 1], [pv.name_zh, 1]), "sample.xlsx")
    lexicon = of_catalog(home_catalog())
    profile = record_layout(read, now, lexicon, "x")
    values = {"110": [5_0000, *[None] * 9]}
    written = write_table(profile, then, values, lexicon, text=False, period="2021年")
    assert not written.refused
    assert [one.value for one in written.findings if one.code == "out_row_not_asked"] == [pv.name_zh]
    assert [row[0] for row in written.rows[2:]] == [named([["电力消费量"]])[0][0], pv.name_zh]


def test_a_mapping_kept_before_does_not_leave_under_a_heading_in_another_unit(dozen: Dozen) -> None:
    """What was recorded before rows had units of the heading: reading back tells that it would say otherwise."""
    recorded(visitor("c-publisher"), plain("样表", ["指标名称", "合计（万千瓦时）"], ["电力消费量", 1]))
    kept = parse(Profile.objects.get().text)
    items = {line.word: line.item for line in kept.rows}
    save_profile(NAME, replace(kept, rows=(), items=items), actor="tests")
    answer = take(visitor("d-approver"), seen="yes")
    assert answer.status_code == 422
    assert "110 S001" in text_of(answer)


def test_a_table_that_would_read_otherwise_does_not_leave(
    dozen: Dozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The profile scales a column, and what is written is tampered with behind its back: reading it back tells."""
    from jieyue.apps.exchange import summary_layout

    recorded(visitor("c-publisher"), sample())
    right = summary_layout._row

    def wrong(draft: Any, line: Any, item: Any, cells: Any, words: Any) -> Any:
        done = right(draft, line, item, cells, words)
        if item.code == "110":
            draft.rows[-1][2] = draft.rows[-1][2] + 1
        return done

    monkeypatch.setattr(summary_layout, "_row", wrong)
    answer = take(visitor("d-approver"), seen="yes")
    assert answer.status_code == 422
    assert "110 S001" in text_of(answer)


def test_the_command_records_and_writes_the_same(dozen: Dozen, tmp_path: Path) -> None:
    from django.conf import settings

    home, file = settings.JIEYUE_HOME.path, tmp_path / "sample.xlsx"
    file.write_bytes(sample())
    said = jieyue(home, "export", "summary", "--suggest-map", file, as_json=False)
    assert said.code == DONE, said.stderr
    profile = tmp_path / "map.toml"
    profile.write_text(said.stdout, "utf-8")
    out = tmp_path / "out.csv"
    words = ("--map", profile, "--period", YEAR, "--body", DISTRICT, "-o", out)
    done = jieyue(home, "export", "summary", *words)
    assert done.code == DONE, done.stderr
    assert done.document["rows"] == 3, "the one that we do not have stays blank"
    assert "碳排放权交易额" in said.stderr
    lines = [line.split(",") for line in out.read_text("utf-8-sig").splitlines()]
    assert lines[4][1:6] == ["万千瓦时", "16.20995", "10.0021", "6.20785", "6.20785"]
    assert jieyue(home, "export", "summary", "--map", profile, "--period", YEAR).code == REFUSED


def test_a_sheet_that_is_not_in_the_file_is_named(dozen: Dozen, tmp_path: Path) -> None:
    """It ended in a failure of the program: a mapping of returns that names another sheet."""
    from django.conf import settings

    profile, file = tmp_path / "map.toml", tmp_path / "returns.xlsx"
    profile.write_text('kind = "returns"\nsheet = "直报"\n', "utf-8")
    file.write_bytes(sample())
    words = ("--form", "NY201", "--period", YEAR, "--map", profile, file)
    said = jieyue(settings.JIEYUE_HOME.path, "import", "returns", *words)
    assert said.code == REFUSED
    (finding,) = [one for one in said.document["findings"] if one["code"] == "sheet_not_found"]
    assert ["直报" in finding["message_zh"], "综合表" in finding["message_zh"]] == [True, True]
