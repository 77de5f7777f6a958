"""Whom a row means: credit code, code, name, former name, alias; what is left is asked once and the answer kept."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli import desk
from tests.cli.command import DONE, REFUSED, Said, figure, jieyue

Bring = Callable[..., Said]
WORDS = ("--form", "NY201", "--publish")


@pytest.fixture
def bring(home: Path, tmp_path: Path) -> Bring:
    def import_(rows: Any, *words: object, kind: str = "returns", lang: str = "zh") -> Said:
        file = tmp_path / f"{kind}.csv"
        file.write_bytes(desk.table(rows))
        return jieyue(home, "import", kind, file, *words, lang=lang)

    return import_


def tce(home: Path, who: str, period: str = "2024") -> str | None:
    return figure(home, who, period, "energy_total_tce")["value"]


@pytest.mark.parametrize(
    ("heading", "text", "note"),
    [
        ("统一社会信用代码", desk.CREDIT, False),
        ("统一社会信用代码", "９１３５０１００Ｍ０００１００ｙ４３", False),
        ("机构代码", "A", False),
        ("机构名称", "渝中区第一中学", False),
        ("机构名称", " 渝中区 第一中学 ", False),
        ("机构名称", "一中", True),
        ("institution", "一中", True),
        ("institution", desk.CREDIT, False),
    ],
)
def test_each_way(home: Path, bring: Bring, heading: str, text: str, note: bool) -> None:
    said = bring([[heading, "110"], [text, "10000"]], *WORDS, "--period", "2024")
    assert said.counts == (1, 1, 0, 0, True), said.stdout
    assert tce(home, "A") == "1.229"  # 10,000 × 0.1229 ÷ 1000
    assert ["matched_by_alias" in one["code"] for one in said.findings("note")] == ([True] if note else [])


def test_a_former_name_still_finds_its_institution(home: Path, bring: Bring) -> None:
    renamed = [
        ["代码", "名称", "机构类型", "地区", "生效日期"],
        ["B", "重庆市第九人民医院", "023", "500103", "2025-01-01"],
    ]
    said = bring(renamed, kind="institutions")
    assert (said.code, said.counts) == (DONE, (1, 1, 0, 0, True))
    for name, period in (("渝中区人民医院", "2025"), ("重庆市第九人民医院", "2024")):
        assert bring([["名称", "110"], [name, "10000"]], *WORDS, "--period", period).code == DONE
        assert tce(home, "B", period) == "1.229"


def test_a_code_with_another_name_is_refused(home: Path, bring: Bring) -> None:
    said = bring([["机构代码", "机构名称", "110"], ["A", "渝中区人民医院", "1"]], *WORDS, "--period", "2024")
    assert (said.code, said.errors()) == (REFUSED, ["name_disagrees"])
    assert "渝中区第一中学" in said.findings()[0]["message_zh"]
    assert tce(home, "A") is None


def test_what_is_left_is_asked_once_and_the_answer_kept(home: Path, bring: Bring, tmp_path: Path) -> None:
    months = [["渝中一中（本部）", f"2025-{month:02d}", "NY201:110", "1000", ""] for month in (1, 2, 3)]
    rows = [desk.LONG, *months]
    first = bring(rows, "--publish")
    assert (first.code, first.counts) == (REFUSED, (3, 0, 0, 3, False))
    (question,) = first.document["questions"]
    assert (question["text"], question["rows"]) == ("渝中一中（本部）", [2, 3, 4])
    near = bring([["名称", "110"], ["渝中区第1中学", "1"]], *WORDS, "--period", "2024").document["questions"]
    assert near[0]["candidates"][0]["code"] == "A"
    # Likeness alone never matches: the answer does, and it is kept for the next file.
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"渝中一中（本部）": "A"}, ensure_ascii=False), encoding="utf-8")
    assert bring(rows, "--publish", "--answers", answers).counts == (3, 3, 0, 0, True)
    again = bring(rows, "--publish")
    assert (again.code, again.counts) == (DONE, (3, 0, 3, 0, True))
    assert "questions" not in again.document
    assert tce(home, "A", "2025-Q1") == "0.3687"  # 3,000 × 0.1229 ÷ 1000


def test_of_a_long_name_the_whole_decides(home: Path, bring: Bring, tmp_path: Path) -> None:
    """Two names that are the same for 260 characters: each is answered and found again by its last one."""
    one, other = "渝" * 260 + "甲", "渝" * 260 + "乙"
    rows = [desk.LONG, *([name, "2025-01", "NY201:110", "1000", ""] for name in (one, other))]
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({one: "A", other: "B"}, ensure_ascii=False), encoding="utf-8")
    assert bring(rows, "--publish", "--answers", answers).counts == (2, 2, 0, 0, True)
    again = bring(rows, "--publish")
    assert (again.code, again.counts) == (DONE, (2, 0, 2, 0, True))
    third = bring([desk.LONG, ["渝" * 250, "2025-01", "NY201:110", "1000", ""]], "--publish")
    assert [one["text"] for one in third.document["questions"]] == ["渝" * 250]
    assert third.counts == (1, 0, 0, 1, False)


def test_one_name_for_two_is_asked_and_the_answer_decides(home: Path, bring: Bring, tmp_path: Path) -> None:
    both = [
        ["代码", "名称", "机构类型", "地区", "生效日期"],
        ["S1", "第二小学", "021", "500103", "2015-01-01"],
        ["S2", "第二小学", "021", "500104", "2015-01-01"],
    ]
    assert bring(both, kind="institutions").code == DONE
    rows = [desk.LONG, ["第二小学", "2024", "NY201:110", "10000", ""]]
    refused = bring(rows, "--publish", lang="en")
    assert refused.errors() == ["institution_ambiguous"]
    assert "S1" in refused.findings()[0]["message_en"]
    answers = tmp_path / "answers.json"
    answers.write_text('{"第二小学": "S2"}', encoding="utf-8")
    assert bring(rows, "--publish", "--answers", answers).code == DONE
    assert (tce(home, "S1"), tce(home, "S2")) == (None, "1.229")


def test_a_registry_again_in_another_order_changes_nothing(home: Path, bring: Bring) -> None:
    rows = [desk.HEADS, *reversed(desk.REGISTRY[1:])]
    again = bring(rows, kind="institutions")
    assert (again.code, again.counts) == (DONE, (7, 0, 7, 0, True))
    assert {one["code"] for one in again.findings("note")} == {"duplicate_in_store"}
    dry = bring([desk.HEADS, *desk.REGISTRY[1:]], "--dry-run", kind="institutions")
    assert dry.counts == (7, 0, 7, 0, False)


def test_a_registry_changes_by_a_later_day_and_corrects_with_a_reason(home: Path, bring: Bring) -> None:
    heads = ["code", "name", "type", "region", "floor_area_m2", "valid_from"]
    later = [heads, ["A", "渝中区第一中学", "021", "500103", "9000", "2024-07-01"]]
    assert bring(later, kind="institutions").counts == (1, 1, 0, 0, True)
    areas = {year: figure(home, "A", year, "floor_area_m2")["value"] for year in ("2023", "2024")}
    assert areas == {"2023": "8000", "2024": "9000"}
    wrong = [heads, ["A", "渝中区第一中学", "021", "500103", "9500", "2024-07-01"]]
    refused = bring(wrong, kind="institutions")
    assert (refused.code, refused.errors()) == (REFUSED, ["conflict"])
    assert bring(wrong, "--restate", "测绘更正", kind="institutions").code == DONE
    assert figure(home, "A", "2024", "floor_area_m2")["value"] == "9500"
    some = [
        *wrong,
        ["N", "新设局", "01", "火星区", "1", "2024-07-01"],
        ["M", "另一局", "01", "500104", "1", "2024-07-01"],
    ]
    partly = bring(some, "--valid-rows-only", kind="institutions")
    assert (partly.code, partly.counts) == (REFUSED, (3, 1, 1, 1, True))
    assert figure(home, "M", "2024", "floor_area_m2")["value"] == "1"


def test_departments_and_bodies_come_into_being_with_a_note(home: Path, bring: Bring) -> None:
    heads = ["code", "name", "type", "region", "department", "reporting_parent", "valid_from"]
    said = bring(
        [heads, ["N", "新设局", "01", "500104", "文化系统", "文化管理处", "2015-01-01"]], kind="institutions"
    )
    assert said.code == DONE
    assert [one["code"] for one in said.findings("note")] == ["node_created", "node_created"]
    shown = [one["message_en"] for one in said.findings("note")]
    assert any("文化系统" in text for text in shown)
    assert any("文化管理处" in text for text in shown)
