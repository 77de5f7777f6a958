"""Spot checks by their pages: drawn, looked at cell by cell with papers, closed with scores; who may and who not."""

import io
import re
from collections.abc import Iterator
from datetime import date

import openpyxl
import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.publication.rules import keep_catalog
from jieyue.apps.publication.services.publish import ensure_tables
from jieyue.apps.returns.models import Return
from jieyue.apps.spotchecks.models import SpotCheck, SpotItem
from jieyue.apps.trees.services.set_membership import set_membership
from jieyue.config.home import Home
from tests.clients import signed_in
from tests.shared_home import turned_to
from tests.web.collecting_desk import BEGIN, MONTH, Bureau
from tests.web.html_text import page_of

Nodes = dict[tuple[str, str], int]
DRAWN = {"period": MONTH, "body": "L-500103", "method": "risk", "share": "50", "seed": "2026"}


@pytest.fixture
def bureau(home: Home, city_trees: Nodes) -> Iterator[Bureau]:
    """Four schools that submitted 100 to 103 kWh on 22 November 2026; an open warning with the second."""
    home.changed(clock=date(2026, 11, 22))
    with turned_to(home.path):
        ensure_tables()
        keep_catalog()
        made = Bureau(city_trees, 4)
        made.open()
        for number in range(4):
            made.submit(number, 100 + number)
        made.finding(1)
        yield made


def post(name: str, address: str, **values: object) -> object:
    return signed_in(name).post(address, values)


def drawn(**more: str) -> SpotCheck:
    answer = post("wang", "/spotchecks/draw/", **(DRAWN | more))
    assert answer.status_code == 302, answer.content.decode()
    return SpotCheck.objects.latest("pk")


def kwh(item: SpotItem) -> int:
    return 100 + int(re.sub(r"\D", "", signed_name(item)))


def signed_name(item: SpotItem) -> str:
    text = signed_in("li").get(f"/spotchecks/{item.check_of_id}/{item.pk}/").content.decode()
    found = re.search(r"<h1>示例第(\d)小学", text)
    assert found
    return found[1]


def seen(item: SpotItem) -> str:
    text = signed_in("wang").get(f"/spotchecks/{item.check_of_id}/{item.pk}/").content.decode()
    (digest,) = re.findall(r'name="seen" value="([0-9a-f]{64})"', text)
    return digest


def look(item: SpotItem, found: str, *, by: str = "li", evidence: str = "电费单 8841", **more: str) -> object:
    values = {"seen": seen(item), "found-110": found, "evidence-110": evidence, **more}
    return post(by, f"/spotchecks/{item.check_of_id}/{item.pk}/look/", **values)


def test_from_the_draw_to_the_score(bureau: Bureau) -> None:
    check = drawn()
    items = list(check.items.order_by("place"))
    assert (check.frame_size, len(items), check.share) == (4, 2, "0.50")
    address = f"/spotchecks/{check.pk}/"
    right, wrong = items
    assert look(right, str(kwh(right))).status_code == 302
    assert post("li", f"{address}close/").status_code == 422  # one is left
    assert look(wrong, "250", correction="按电费单改正").status_code == 302
    assert post("li", f"{address}close/").status_code == 302
    check.refresh_from_db()
    assert check.scores == {
        name: {"drawn": 2, "looked": 2, "differing": 1, "cells": 2, "agreeing": 1, "value": "0.5000"}
        for name in ("L-500103", "*")
    }
    text = signed_in("li").get(address).content.decode()
    assert "50.0%" in text
    assert "按电费单改正" in text
    verbs = ["spotchecks.draw", "spotchecks.look", "spotchecks.look", "spotchecks.close"]
    logged = ActionLog.objects.filter(verb__startswith="spotchecks.").order_by("pk")
    assert list(logged.values_list("verb", flat=True)) == verbs
    assert look_closed(wrong) == 409
    listed = signed_in("wang").get("/spotchecks/").content.decode()
    assert "已结束" in listed
    assert "50.0%" in listed


def test_a_score_of_strata_counts_each_for_its_size(bureau: Bureau) -> None:
    """Three schools of one type and one of another: two drawn of the three, and the one; only this one is wrong.

    Each of the two stands for 3 ÷ 2, the one for itself: 3 of 4 agree, not 2 of 3.
    """
    set_membership(bureau.schools[3], "type", bureau.nodes["type", "025"], BEGIN, actor="tests")
    check = drawn(method="random", strata="type")
    items = list(check.items.order_by("place"))
    kinds = [item.kind for item in items]
    assert sorted(map(kinds.count, set(kinds))) == [1, 2]
    for item in items:
        alone = kinds.count(item.kind) == 1
        assert look(item, "250" if alone else str(kwh(item))).status_code == 302
    assert post("li", f"/spotchecks/{check.pk}/close/").status_code == 302
    check.refresh_from_db()
    assert {name: (one["cells"], one["agreeing"], one["value"]) for name, one in check.scores.items()} == {
        "L-500103": (3, 2, "0.7500"),
        "*": (3, 2, "0.7500"),
    }


def look_closed(item: SpotItem) -> int:
    values = {"seen": item.version_digest, "found-110": "1", "evidence-110": "x"}
    return post("li", f"/spotchecks/{item.check_of_id}/{item.pk}/look/", **values).status_code


def covered(name: str) -> list[tuple[str, ...]]:
    """The rows of the year's coverage as the person reads them."""
    return [tuple(row.cells[1:]) for row in page_of(signed_in(name).get("/spotchecks/")).tables[-1].rows]


def test_the_year_counts_who_was_looked_at_once(bureau: Bureau) -> None:
    """5 % of four schools is one; being drawn is not enough, and a second check of the same one adds nothing."""
    check = drawn()
    assert covered("wang") == [("4", "2", "0", "1", "差 1 家")]
    item = check.items.order_by("place").first()
    assert item is not None
    look(item, str(kwh(item)))
    again = drawn().items.get(subject=item.subject)
    look(again, str(kwh(item)))
    assert covered("wang") == [("4", "2", "1", "1", "够")]
    bureau.person("other", "reviewer", bureau.nodes["line", "L-500104"])
    assert page_of(signed_in("other").get("/spotchecks/")).tables == []


def test_the_weights_tell_what_was_known_and_the_same_seed_draws_the_same(bureau: Bureau) -> None:
    import json

    one, two = drawn(), drawn()
    chosen = [list(check.items.order_by("place").values_list("subject", flat=True)) for check in (one, two)]
    assert chosen[0] == chosen[1]
    assert one.frame_digest == two.frame_digest
    weights = {code: float(weight) for code, _, weight in json.loads(one.frame)}
    assert set(weights) == {"S0", "S1", "S2", "S3"}
    assert 3 <= weights["S1"] - weights["S0"] < 4  # an open warning counts 3, size below 1


def test_a_sample_below_five_percent_or_of_a_running_month_is_refused(bureau: Bureau) -> None:
    for wrong in ({"share": "4.9"}, {"share": "101"}, {"share": "x"}, {"method": "all"}, {"seed": "x" * 101}):
        answer = post("wang", "/spotchecks/draw/", **(DRAWN | wrong))
        assert answer.status_code == 422, wrong
    assert post("wang", "/spotchecks/draw/", **(DRAWN | {"period": "2026-11"})).status_code == 422
    assert post("wang", "/spotchecks/draw/", **(DRAWN | {"body": "NO"})).status_code == 404
    assert not SpotCheck.objects.exists()


def test_only_who_judges_for_the_body_draws_and_looks(bureau: Bureau) -> None:
    bureau.person("other", "reviewer", bureau.nodes["line", "L-500104"])
    bureau.person("citys", "approver", bureau.nodes["line", "city"])
    check = drawn()
    item = check.items.first()
    assert item is not None
    assert post("clerk0", "/spotchecks/draw/", **DRAWN).status_code == 403
    assert post("qian", "/spotchecks/draw/", **DRAWN).status_code == 403
    assert post("other", "/spotchecks/draw/", **DRAWN).status_code == 404
    assert post("wang", "/spotchecks/draw/", **(DRAWN | {"body": "city"})).status_code == 404
    assert post("citys", "/spotchecks/draw/", **(DRAWN | {"body": "city"})).status_code == 302
    for address in (f"/spotchecks/{check.pk}/", f"/spotchecks/{check.pk}/{item.pk}/"):
        assert signed_in("qian").get(address).status_code == 200
        assert signed_in("other").get(address).status_code == 404
        assert signed_in("clerk0").get(address).status_code == 404
    assert post("other", f"/spotchecks/{check.pk}/close/").status_code == 404
    assert post("other", f"/spotchecks/{check.pk}/{item.pk}/look/").status_code == 404


def test_nobody_looks_at_what_he_entered(bureau: Bureau) -> None:
    row = bureau.row(0)
    assert row is not None
    Return.objects.filter(pk=row.pk).update(entered_by={"110": {"by": ["li"], "on_behalf": True}})
    check = drawn(share="100")
    item = check.items.get(subject=bureau.schools[0])
    page = signed_in("li").get(f"/spotchecks/{check.pk}/{item.pk}/").content.decode()
    assert 'name="found-110"' not in page, "told before anything is typed"
    assert "须由别人查" in page
    assert look(item, "100").status_code == 403
    assert look(item, "100", by="wang").status_code == 302


def test_a_number_needs_its_paper_and_must_be_one(bureau: Bureau) -> None:
    item = drawn().items.first()
    assert item is not None
    for found, evidence in (
        ("100", ""),
        ("-1", "单"),
        ("abc", "单"),
        ("NaN", "单"),
        ("1.23456", "单"),
        ("1e99", "单"),
    ):
        assert look(item, found, evidence=evidence).status_code == 422, found
    assert look(item, "").status_code == 302  # the papers show none, and a number was reported
    item.refresh_from_db()
    assert item.outcome == "differs"
    values = {"seen": "0" * 64, "found-110": "1", "evidence-110": "x"}
    moved = post("li", f"/spotchecks/{item.check_of_id}/{item.pk}/look/", remark="见附件", **values)
    assert moved.status_code == 409
    text = moved.content.decode()
    assert "您看到的内容后来又变了；请核对现在的数再填" in text
    assert 'name="evidence-110" value="x"' in text
    assert "见附件</textarea>" in text, "what was typed stays when the return is another meanwhile"
    bad = {"seen": item.version_digest, "found-zzz": "1", "evidence-zzz": "x"}
    assert post("li", f"/spotchecks/{item.check_of_id}/{item.pk}/look/", **bad).status_code == 422


def test_the_sample_is_taken_along_as_a_workbook(bureau: Bureau) -> None:
    check = drawn()
    answer = signed_in("wang").get(f"/spotchecks/{check.pk}/?export=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = {
        str(cell)
        for sheet in book.worksheets
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if cell is not None
    }
    assert {"机构", "风险权重", "结果"} <= cells
    codes = {f"S{bureau.schools.index(one)}" for one in check.items.values_list("subject", flat=True)}
    assert codes == {cell for cell in cells if cell in {"S0", "S1", "S2", "S3"}}
    assert any(check.frame_digest in cell for cell in cells)


def test_strata_by_type_are_said_on_the_page_and_in_the_file(bureau: Bureau) -> None:
    """One of the four schools becomes a sports body: of three schools two are drawn, of one sports body that one."""
    set_membership(bureau.schools[3], "type", bureau.nodes["type", "025"], BEGIN, actor="tests")
    check = drawn(strata="type")
    assert sorted(check.items.values_list("kind", flat=True)) == ["021", "021", "025"]
    assert set(check.items.values_list("stratum", flat=True)) == {"L-500103"}
    address = f"/spotchecks/{check.pk}/"
    (grid,) = page_of(signed_in("li").get(address)).tables
    at = grid.head.index("类型")
    assert sorted(row.cells[at] for row in grid.rows) == ["体育事业", "教育事业", "教育事业"]
    assert "收报单位与机构类型" in signed_in("li").get(address).content.decode()
    assert post("wang", "/spotchecks/draw/", **(DRAWN | {"strata": "size"})).status_code == 422
