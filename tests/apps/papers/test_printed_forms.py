"""Forms and summary tables in print: the lines are those of grid and workbook, the numbers those of the table."""

from decimal import Decimal

import pypdfium2
import pytest

from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.papers.content import Number, Paper, Status, TableBlock
from jieyue.apps.papers.figures_annex import with_figures
from jieyue.apps.papers.handed_in import on_paper
from jieyue.apps.papers.make import PaperError, form_for, summary_for, written
from jieyue.apps.papers.plain import text_of
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.services.change import change
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.services import edit_return, review_return, submit_return
from jieyue.apps.returns.snapshots import Judged
from jieyue.catalog.form_sheet import form_sheet
from jieyue.domain.period import Period
from tests.apps.papers.papers import RARE, golden
from tests.apps.summaries.dozen import BEGIN, COLUMN, FLOWS, PLACES, YEAR, Dozen
from tests.apps.summaries.test_unapproved import bring


def table_of(paper: Paper) -> TableBlock:
    (block,) = [one for one in paper.blocks if isinstance(one, TableBlock)]
    return block


def codes_of(form: str, period: str) -> tuple[str, ...]:
    catalog = home_catalog()
    day = Period.parse(period).last_day
    return form_sheet(catalog, form, catalog.scheme_on(day).code).codes


@pytest.mark.parametrize(("form", "period"), [("NY201", YEAR), ("NY201", "2026-03"), ("NY203", YEAR)])
def test_a_blank_form_has_the_lines_of_the_grid_and_no_number(read: Dozen, form: str, period: str) -> None:
    block = table_of(form_for(form, period, "", sequence=last_done()))
    catalog = home_catalog()
    names = [catalog.item(f"{form}:{code}").name_zh for code in codes_of(form, period)]
    assert [row[0][0].said.lstrip("　") for row in block.rows] == names
    assert all(row[3] == () for row in block.rows)


def test_a_filled_form_has_what_was_reported(read: Dozen) -> None:
    paper = form_for("NY201", YEAR, "A2", sequence=last_done())
    block = table_of(paper)
    assert len(block.rows) == len(codes_of("NY201", YEAR))
    found = {row[1][0].said: row[3][0].said for row in block.rows if row[3]}
    assert {code: found[code] for code in ("110", "120", "130", "102")} == {
        "110": "50,000.5", "120": "900", "130": "2.25", "102": "9,000",
    }  # fmt: skip
    assert "单位A2" in text_of(paper)
    golden("form-NY201.txt", paper)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("submitted", "已上报，尚未核准"),
        ("returned", "已退回，尚未核准"),
        ("withdrawn", "录入中，所列是最近一次报来的数，尚未核准"),
    ],
)
def test_a_form_that_nobody_approved_says_so_and_names_no_publication(
    dozen: Dozen, state: str, words: str
) -> None:
    key = bring(dozen, "A2", "2026-03", 5000, "withdrawn" if state == "withdrawn" else "submitted")
    if state == "returned":
        review_return.send_back(dozen.user("d-reviewer"), key, code="value", comments={"110": "是度还是千度"})
    paper = form_for("NY201", "2026-03", "A2", sequence=last_done())
    text = text_of(paper)
    assert f"本表{words}，各数为初步。" in text
    assert "发布序号" not in text
    assert paper.provisional
    number = next(row[3][0] for row in table_of(paper).rows if row[1][0].said == "110")
    assert isinstance(number, Number)
    assert (number.said, number.status) == ("5,000（初步）", Status.PROVISIONAL)


def clerk_of(dozen: Dozen, who: str) -> User:
    clerk = create_user(f"r-{who}", actor="tests")
    grant(clerk, "reporter", node=dozen.number(who), valid_from=BEGIN, actor="tests")
    return clerk


def test_a_room_and_heating_are_printed_with_their_state_from_the_first_number_on(dozen: Dozen) -> None:
    number, clerk = dozen.number("A2"), clerk_of(dozen, "A2")
    change(number, BEGIN, actor="tests", rooms="1、A301", heating="yes")
    room, heating = Key(number, "NY202", "2026-03", "A301"), Key(number, "NY203", "2025")
    assert on_paper(room, "A2") is None
    for key, cells in (
        (room, {"240": (123_450_000, 3)}),
        (heating, {"301": (9_000_0000, 3), "340": (5_0000, 3)}),
    ):
        edit_return.start(clerk, key)
        edit_return.edit_cells(clerk, key, cells, revision=0)
    said = text_of(on_paper(room, "A2"))
    assert "机房：A301" in said
    assert "状态：录入中" in said
    assert "总用电量 | 240 | 千瓦时 | 12,345*" in said
    assert "没有上报" in said
    golden("form-NY203-draft.txt", on_paper(heating, "A2"))
    revision = Return.objects.get(form="NY202").revision
    submit_return.submit(clerk, room, revision=revision, judge=lambda _: Judged())
    sent = on_paper(room, "A2")
    assert "状态：已上报" in text_of(sent)
    assert "return/NY202/2026-03/A2~A301@" in text_of(sent)
    golden("form-NY202.txt", sent)
    assert on_paper(Key(number, "NY202", "2026-03", "1"), "A2") is None


def test_the_basic_form_says_what_the_registry_holds_with_rare_hanzi(dozen: Dozen) -> None:
    name = f"示例{RARE}中心"
    change(
        dozen.number("A2"), BEGIN, actor="tests",
        name=name, rooms="1、A301", heating="no", students=Decimal(1203), office_mode="shared",
    )  # fmt: skip
    paper = form_for("NY101", "2026", "A2", sequence=last_done())
    rows = {row[0][0].said: "".join(part.said for part in row[2]) for row in table_of(paper).rows}
    assert len(rows) == 24
    assert (rows["单位详细名称"], rows["是否有数据中心机房"], rows["机房数量"]) == (name, "是", "2")
    assert (rows["是否采暖"], rows["学生人数"], rows["办公形式（独立/集中）"]) == ("否", "1,203", "集中办公")
    assert "（L-500103-EDU）" in rows["上级管理/主管机构"] or "（L-500103）" in rows["上级管理/主管机构"]
    assert (rows["单位地址"], rows["手机"]) == ("", "")
    golden("form-NY101.txt", paper)
    said = "".join(
        page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(written(paper, "pdf"))
    )
    assert name in said
    with pytest.raises(PaperError, match="NO-SUCH"):
        form_for("NY101", "2026", "NO-SUCH", sequence=last_done())


def test_every_form_is_printed_blank(read: Dozen) -> None:
    for form in ("NY101", "NY201", "NY202", "NY203", "NY301", "NY302", "NY303"):
        paper = form_for(form, YEAR, "", sequence=last_done())
        block = table_of(paper)
        start = 2 if form == "NY101" else 3
        assert len(block.rows) > 10, form
        assert all(cell == () for row in block.rows for cell in row[start:]), form
        said = pypdfium2.PdfDocument(written(paper, "pdf"))[0].get_textpage().get_text_range()
        assert f"表号：{form}" in said
        golden(f"form-{form}-blank.txt", paper)


def test_a_summary_table_has_the_sums_of_each_column(read: Dozen) -> None:
    paper = summary_for("NY301", YEAR, "line:L-500103", sequence=last_done())
    block = table_of(paper)
    power = next(row for row in block.rows if row[1][0].said == "110")
    inside = [who for who in FLOWS if PLACES[who][0].startswith("L-500103")]
    whole = sum(float(FLOWS[who]["110"]) for who in inside)
    schools = sum(float(FLOWS[who]["110"]) for who in inside if COLUMN[PLACES[who][3]] == "S004")
    assert float(power[3][0].said.replace(",", "")) == whole
    assert float(power[6][0].said.replace(",", "")) == schools
    assert [column.unit for column in block.columns[3:]] == [f"S{place:03}" for place in range(1, 11)]
    numbers = [cell[0] for row in block.rows for cell in row[3:] if cell]
    assert all(isinstance(one, Number) and one.receipt.startswith("summary/NY301/2025/") for one in numbers)
    golden("summary-NY301.txt", paper)
    for form in ("NY302", "NY303"):
        golden(f"summary-{form}.txt", summary_for(form, YEAR, "line:L-500103", sequence=last_done()))


def test_it_is_printed_wide_with_the_persons_of_the_form_and_without_an_annex(read: Dozen) -> None:
    paper = summary_for("NY301", YEAR, "city", sequence=last_done())
    assert with_figures(paper) is paper
    page = pypdfium2.PdfDocument(written(paper, "pdf"))[0]
    width, height = page.get_size()
    assert width > height
    said = page.get_textpage().get_text_range()
    assert "样例数据" in said
    assert "表号：NY301" in said
    blank = pypdfium2.PdfDocument(written(form_for("NY201", YEAR, "", sequence=last_done()), "pdf"))
    assert blank[0].get_size()[0] < blank[0].get_size()[1]
    assert "统计负责人" in blank[len(blank) - 1].get_textpage().get_text_range()
    assert written(paper, "xlsx")[:2] == written(paper, "docx")[:2] == b"PK"


def test_what_is_no_table_no_form_and_no_return_is_refused(read: Dozen) -> None:
    with pytest.raises(PaperError, match="NY301"):
        summary_for("NY201", YEAR, "city", sequence=last_done())
    with pytest.raises(PaperError, match="S1"):
        form_for("NY201", YEAR, "S1", sequence=last_done())
    with pytest.raises(RefusedError):
        form_for("NY301", YEAR, "A2", sequence=last_done())
