"""Declared results of a plan's tasks: the workbook goes out, comes back by cell, and versions stay."""

import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from tests.cli.command import DONE, REFUSED, jieyue

HEADS = {
    "value": "完成数", "denominator": "分母数", "done": "是否完成", "on": "截至日期",
    "source": "来源依据", "evidence": "凭据文件", "person": "责任人",
}  # fmt: skip
GOOD = {"on": date(2025, 12, 31), "source": "验收汇总表", "person": "张三"}


def blank_book(home: Path, folder: Path) -> Path:
    file = folder / "tasks.xlsx"
    said = jieyue(home, "template", "tasks", "--plan", "chongqing-14fyp", "-o", file)
    assert said.code == DONE, said.stderr
    return file


def fill(file: Path, rows: dict[str, dict[str, Any]]) -> Path:
    book = openpyxl.load_workbook(file)
    sheet = book["任务完成情况"]
    columns = {str(cell.value): cell.column for cell in sheet[1]}
    lines = {str(row[0].value): row[0].row for row in sheet.iter_rows(min_row=2)}
    for task, cells in rows.items():
        for name, value in cells.items():
            sheet.cell(lines[task], columns[HEADS[name]], value)
    book.save(file)
    return file


def tasks(home: Path) -> dict[str, dict[str, Any]]:
    return {row["task"]: row for row in jieyue(home, "plan", "tasks", "chongqing-14fyp").document}


def logged(home: Path) -> list[tuple[str, str]]:
    """(reason, data) of every import of tasks in the action log."""
    with sqlite3.connect(home / "office.sqlite3") as office:
        return office.execute(
            "SELECT reason, data FROM audit_actionlog WHERE verb = 'targets.import_tasks' ORDER BY id"
        ).fetchall()


def test_the_workbook_holds_every_countable_task_in_the_plans_words(empty: Path, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(blank_book(empty, tmp_path))["任务完成情况"]
    head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    area = found["retrofit_area"]
    assert (area["条款"], area["规划目标"], area["单位"]) == ("4.2", "≥ 100", "万平方米")
    assert area["规划原文"] == "到 2025 年末，完成 100 万平方米既有建筑绿色化改造"
    assert (area["完成数"], area["责任单位"]) == (None, "市级管理部门")
    assert "box1_energy_total" not in found  # judged by its figures


def test_untouched_it_changes_nothing(empty: Path, tmp_path: Path) -> None:
    file = blank_book(empty, tmp_path)
    said = jieyue(empty, "import", "tasks", file)
    assert said.code == DONE, said.stdout
    (note,) = [one for one in said.document["findings"] if one["code"] == "tasks_left_blank"]
    assert note["severity"] == "note"
    assert {row["status"] for row in tasks(empty).values()} == {"no_data"}


def test_declared_results_give_verdicts_and_blanks_stay_without_data(empty: Path, tmp_path: Path) -> None:
    file = fill(
        blank_book(empty, tmp_path),
        {
            "retrofit_area": {**GOOD, "value": 103.5, "evidence": "改造验收.pdf"},
            "nev_share": {**GOOD, "value": 28.4, "denominator": 512},
            "carbon_database": {**GOOD, "done": "是"},
            "hot_water_pilots": {**GOOD, "value": 4, "done": "否"},
        },
    )
    dry = jieyue(empty, "import", "tasks", file, "--dry-run")
    assert (dry.code, dry.document["applied"]) == (DONE, False)
    assert {row["status"] for row in tasks(empty).values()} == {"no_data"}
    said = jieyue(empty, "import", "tasks", file)
    assert (said.code, said.document["applied"]) == (DONE, True), said.stdout
    found = tasks(empty)
    assert {code: row["status"] for code, row in found.items() if row["status"] != "no_data"} == {
        "retrofit_area": "done",  # 103.5 ≥ 100
        "nev_share": "not_done",  # 28.4 < 30
        "carbon_database": "done",
        "hot_water_pilots": "not_done",
    }
    area = found["retrofit_area"]
    assert (area["value"], area["on"], area["evidence"], area["person"], area["version"]) == (
        "103.5", "2025-12-31", "改造验收.pdf", "张三", 1,
    )  # fmt: skip
    (entry,) = logged(empty)
    assert json.loads(entry[1])["file"] == "tasks.xlsx"


def test_a_later_day_is_a_new_version_and_the_same_day_needs_a_reason(empty: Path, tmp_path: Path) -> None:
    first = fill(
        blank_book(empty, tmp_path), {"solar_pilots": {**GOOD, "value": 8, "on": date(2024, 12, 31)}}
    )
    assert jieyue(empty, "import", "tasks", first).document["applied"]
    again = jieyue(empty, "import", "tasks", first)
    assert (again.document["duplicate"], again.document["applied"]) == (1, True)
    changed = fill(first, {"solar_pilots": {"value": 9}})
    refused = jieyue(empty, "import", "tasks", changed)
    assert (refused.code, refused.errors()) == (REFUSED, ["conflict"])
    assert tasks(empty)["solar_pilots"]["value"] == "8"
    assert jieyue(empty, "import", "tasks", changed, "--restate", "漏计一处").document["applied"]
    later = fill(changed, {"solar_pilots": {"value": 11, "on": date(2025, 12, 31)}})
    assert jieyue(empty, "import", "tasks", later).document["applied"]
    row = tasks(empty)["solar_pilots"]
    assert (row["value"], row["status"], row["version"]) == ("11", "done", 3)
    assert [reason for reason, _data in logged(empty)] == ["", "", "漏计一处", ""]
    assert '"value": "8.000000"' in logged(empty)[2][1], "the log keeps what was replaced"


def test_what_is_wrong_is_told_by_cell_and_nothing_is_stored(empty: Path, tmp_path: Path) -> None:
    rows: dict[str, dict[str, Any]] = {
        "retrofit_area": {**GOOD},
        "trusteeship_projects": {"value": 210, "on": date(2025, 12, 31), "person": "李四"},
        "nev_share": {**GOOD, "value": 128},
        "carbon_database": {**GOOD, "value": 1},
        "solar_pilots": {**GOOD, "value": 11, "done": "是"},
        "sorting_sites": {**GOOD, "value": -3},
        "pue": {**GOOD, "value": 1.4, "on": date(2019, 12, 31)},
        "training_attendances": {**GOOD, "value": "约20"},
        "register": {**GOOD, "done": "大概"},
        "sorting_accuracy": {**GOOD, "value": 91},
    }
    said = jieyue(empty, "import", "tasks", fill(blank_book(empty, tmp_path), rows))
    assert (said.code, said.document["applied"]) == (REFUSED, False)
    assert {(one["code"], one["column"]) for one in said.findings()} == {
        ("task_value_missing", "value"),
        ("task_incomplete", "source"),
        ("task_share", "value"),
        ("task_done_missing", "done"),
        ("task_done_judged", "done"),
        ("negative", "完成数"),
        ("task_day", "on"),
        ("text_in_number", "完成数"),
        ("unknown_code", "是否完成"),
    }
    assert tasks(empty)["sorting_accuracy"]["status"] == "no_data"
    assert all(one["row"] for one in said.findings())


def test_another_plans_workbook_and_an_unknown_task_are_refused(empty: Path, tmp_path: Path) -> None:
    file = tmp_path / "tasks.csv"
    file.write_text("任务代码,完成数,截至日期,来源依据,责任人\nmoon_base,3,2025-12-31,表,王五\n", "utf-8")
    said = jieyue(empty, "import", "tasks", file)
    assert (said.code, said.errors()) == (REFUSED, ["task_unknown"])
    assert said.findings()[0]["value"] == "moon_base"
