"""A summary table printed above: in by its recorded layout, beside ours to the last digit, kept, never added.

The district's year 2025 by hand (dozen.py): electricity 162099.5 in all, 100021 of state organs, 62078.5 of schools;
water 6799, 4621, 2178. The file says the electricity of the state organs 0.0001 kWh higher, nothing of their water,
and gives the science column a number that nobody here states.
"""

import io
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.queries import kept_profiles
from jieyue.apps.publication.queries import last_done
from jieyue.apps.returns.models import Return
from jieyue.apps.summaries.ledger import ledger_of
from jieyue.apps.summaries.models import TheirTable
from jieyue.apps.summaries.tables import summed
from jieyue.domain.period import Period
from tests.apps.summaries.dozen import YEAR, Dozen
from tests.apps.summaries.test_layouts import DISTRICT, NAME, SHEET, recorded, sample
from tests.apps.summaries.test_pages import text_of, visitor
from tests.cli.command import DONE, REFUSED, jieyue
from tests.clients import quiet_refusals

# Electricity in 万千瓦时: 162099.5, 100021.0001, 62078.5 and 62078.5 kWh; water in m3.
POWER = ["电力消费量", "万千瓦时", 16.20995, "10.00210001", 6.20785, 6.20785, 0.5]
WATER = ["用水量", "立方米", 6799, None, 2178, 2178]


@pytest.fixture(autouse=True)
def _layout(dozen: Dozen) -> None:
    quiet_refusals()
    assert recorded(visitor("c-publisher"), sample()).status_code == 302


def printed(*rows: list[Any]) -> bytes:
    """A file of the platform in its layout."""
    return sample([*SHEET[:3], *(row + [None] * (12 - len(row)) for row in rows)])


def bring(client: Client, content: bytes, **more: str) -> Any:
    said = {"profile": str(kept_profiles("summaries")[0].number), "period": YEAR, "body": DISTRICT} | more
    return client.post("/theirs/tables/take/", {"file": SimpleUploadedFile("their.xlsx", content), **said})


def table_of(body: int) -> list[Any]:
    period = Period.parse(YEAR)
    return [line.texts for line in summed(ledger_of(body, "NY301", period, sequence=last_done()), body).lines]


def test_the_table_is_seen_first_then_kept_and_adds_nothing(dozen: Dozen) -> None:
    city, district = dozen.node("city"), dozen.node(DISTRICT)
    before, returns, sequence = (table_of(city), table_of(district)), Return.objects.count(), last_done()
    chief = visitor("c-publisher")
    answer = bring(chief, printed(POWER, WATER, ["碳排放权交易额", "万元", 7]))
    assert answer.status_code == 302, text_of(answer)
    shown = text_of(chief.get(answer.url))
    assert "还没有留存" in shown
    assert "相同 6" in shown
    for cell in ("100,021", "100,021.0001", "0.0001", "4,621", "5,000"):
        assert cell in shown
    assert "“碳排放权交易额”有数，但不是本系统的指标" in shown
    assert "没有这些指标的行" in shown, "coal, floor area and others are no matter of only ours"
    row = TheirTable.objects.get()
    taken = ActionLog.objects.get(verb="summaries.take_their_table", object=f"their_table:{row.pk}")
    assert (taken.actor, taken.data["body"], taken.data["sha256"]) == (
        "c-publisher",
        district,
        row.batch.sha256,
    )
    assert visitor("d-approver").get(f"/theirs/tables/{row.pk}/").status_code == 404, (
        "a preview is its bringer's"
    )
    assert chief.post(f"/theirs/tables/{row.pk}/keep/").status_code == 302
    assert "进入任何合计" in text_of(chief.get(answer.url))
    assert visitor("d-approver").get(f"/theirs/tables/{row.pk}/").status_code == 200
    entry = ActionLog.objects.get(verb="summaries.keep_their_table")
    assert (entry.data["body"], entry.data["sha256"]) == (district, row.batch.sha256)
    assert (table_of(city), table_of(district)) == before
    assert (Return.objects.count(), last_done()) == (returns, sequence)
    chief.post(f"/theirs/tables/{row.pk}/keep/")
    assert ActionLog.objects.filter(verb="summaries.keep_their_table").count() == 1


def test_each_cell_that_is_not_the_same_leaves_as_a_file_with_its_exact_difference(dozen: Dozen) -> None:
    chief = visitor("c-publisher")
    address = bring(chief, printed(POWER, WATER)).url
    text = chief.get(f"{address}?export=csv").content.decode("utf-8-sig")
    lines = [line.split(",")[2:] for line in text.splitlines() if line.startswith(("110", "120"))]
    assert lines == [
        ["国家机关", "不符", "100021", "100021.0001", "0.0001"],
        ["科技", "只有平台有", "", "5000", ""],
        ["国家机关", "只有本系统有", "4621", "", ""],
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([POWER, POWER], "前面已有一行"),
        ([["电力消费量", "万千瓦时", "很多"]], "很多"),
        ([["电力消费量", "吨", 1]], "吨"),
        ([["电力消费量", "万千瓦时"]], "没有一格可以读的数"),
    ],
)
def test_a_file_with_an_error_is_told_and_nothing_is_stored(dozen: Dozen, rows: Any, said: str) -> None:
    answer = bring(visitor("c-publisher"), printed(*rows))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not TheirTable.objects.exists()


def test_its_bringer_deletes_a_preview_and_what_is_kept_stays(dozen: Dozen) -> None:
    chief = visitor("c-publisher")
    bring(chief, printed(POWER))
    row = TheirTable.objects.get()
    page, drop = f"/theirs/tables/{row.pk}/", f"/theirs/tables/{row.pk}/drop/"
    assert f'action="{drop}"' in chief.get(page).content.decode()
    for other in ("c-approver", "d-approver"):
        assert visitor(other).post(drop).status_code in (403, 404), other
    assert TheirTable.objects.exists()
    assert "已删除 their.xlsx 的预览" in text_of(chief.post(drop, follow=True))
    assert not TheirTable.objects.exists()
    assert chief.get(page).status_code == 404
    entry = ActionLog.objects.get(verb="summaries.drop_their_table")
    assert (entry.actor, entry.data["sha256"], entry.data["body"]) == (
        "c-publisher", row.batch.sha256, dozen.node(DISTRICT),
    )  # fmt: skip
    bring(chief, printed(POWER))
    kept = TheirTable.objects.get()
    chief.post(f"/theirs/tables/{kept.pk}/keep/")
    assert "/drop/" not in chief.get(f"/theirs/tables/{kept.pk}/").content.decode()
    assert "已经留存，不能删除" in text_of(chief.post(f"/theirs/tables/{kept.pk}/drop/", follow=True))
    assert TheirTable.objects.filter(pk=kept.pk).exists()


def test_who_brings_nothing_for_the_body_neither_takes_nor_keeps(dozen: Dozen) -> None:
    assert bring(visitor("d-approver"), printed(POWER)).status_code == 403
    chief = visitor("c-publisher")
    bring(chief, printed(POWER))
    number = TheirTable.objects.get().pk
    assert visitor("d-approver").post(f"/theirs/tables/{number}/keep/").status_code == 403
    assert chief.post(f"/theirs/tables/{number}/keep/").status_code == 302
    for other in ("o-approver", "e-approver"):
        assert visitor(other).get(f"/theirs/tables/{number}/").status_code == 404, other
    assert bring(chief, printed(POWER), period="2026-13").status_code == 422
    assert bring(chief, printed(POWER), body="L-none").status_code == 404


def test_the_command_looks_then_keeps_and_a_correction_shows_later(dozen: Dozen, tmp_path: Any) -> None:
    home, file = settings.JIEYUE_HOME.path, tmp_path / "their.csv"
    rows = [list(row) for row in openpyxl.load_workbook(io.BytesIO(printed(POWER, WATER))).active.values]
    text = "\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in rows)
    file.write_text(text, "utf-8")
    words = ("--map", NAME, "--period", YEAR, "--body", DISTRICT, file)
    looked = jieyue(home, "summary", "take", *words)
    assert looked.code == DONE, looked.stderr
    assert looked.document["counts"] == {"equal": 6, "differs": 1, "theirs": 1, "ours": 1}
    assert not TheirTable.objects.exists()
    kept = jieyue(home, "summary", "take", "--keep", *words)
    shown = jieyue(home, "summary", "compare", kept.document["table"])
    assert shown.code == REFUSED, "cells differ"
    assert shown.document["rows"] == kept.document["rows"]
    assert shown.document["rows"][0]["difference"] == "0.0001"
