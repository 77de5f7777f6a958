"""The workbook of a plan's tasks 任务完成情况表: the plan's words beside the cells that somebody fills in."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from jieyue.apps.exchange.export_gate import workbook_options, write_cell
from jieyue.apps.publication.rules import plan
from jieyue.apps.targets.services.import_tasks import ENTRY, KIND
from jieyue.apps.targets.task_list import TaskRow, task_rows
from jieyue.domain.task_verdict import declares_number

_WIDTHS = {"task": 26, "name": 22, "statement": 46, "of_what": 22, "source": 34, "evidence": 24}
_NOTES = (
    "灰色各列是规划原文，不用填写，也请不要改动。",
    "规划印有数的任务填“完成数”（单位见“单位”列）；没有印数的任务填“是否完成”：是 或 否。",
    "填了完成情况的，截至日期、来源依据、责任人必填；凭据文件写文件名，原件由责任单位留存。",
    "没有数据的任务整行留空：系统显示“无数据”，不作结论。",
    "同一任务以后再报，截至日期更晚的成为新的一版；改正同一日期的数须在导入时写明理由（--restate）。",
)


def write(target: Path, plan_id: str) -> int:
    """Write the workbook of all countable tasks, with what was declared last; how many rows it has."""
    rows = task_rows(plan_id)
    with xlsxwriter.Workbook(str(target), {**workbook_options(), "constant_memory": False}) as book:
        _tasks(book, rows)
        _notes(book, plan(plan_id).name_zh)
    return len(rows)


def _tasks(book: Any, rows: list[TaskRow]) -> None:
    sheet = book.add_worksheet("任务完成情况")
    head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
    known = book.add_format({"bg_color": "#F0F0F0", "text_wrap": True, "valign": "top"})
    entry = book.add_format({"text_wrap": True, "valign": "top", "border": 1, "border_color": "#BFBFBF"})
    day = book.add_format(
        {"num_format": "yyyy-mm-dd", "valign": "top", "border": 1, "border_color": "#BFBFBF"}
    )
    names = list(KIND.columns)
    for place, name in enumerate(names):
        sheet.write_string(0, place, KIND.columns[name][0], head)
        sheet.set_column(place, place, _WIDTHS.get(name, 12))
    for line, row in enumerate(rows, 1):
        for place, name in enumerate(names):
            style = day if name == "on" else entry if name in ENTRY else known
            _write(sheet, line, place, _value(row, name), style)
        _guard(sheet, line, names, row)
    sheet.freeze_panes(1, 3)


def _value(row: TaskRow, name: str) -> Any:
    task, result = row.task, row.result
    words = {
        "task": task.code,
        "clause": task.clause,
        "name": task.name_zh,
        "statement": task.statement,
        "target": row.target,
        "of_what": task.denominator_zh,
        "owner": row.owner_zh,
        "unit": row.unit,
    }
    if name in words:
        return words[name]
    if result is None:
        return ""
    if name in ("value", "denominator"):
        return row.value if name == "value" else row.denominator
    if name == "done":
        return "" if result.done is None else "是" if result.done else "否"
    return getattr(result, name)


def _write(sheet: Any, line: int, place: int, value: Any, style: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(line, place, datetime(value.year, value.month, value.day), style)  # noqa: DTZ001
    else:
        write_cell(sheet, line, place, value, style)


def _guard(sheet: Any, line: int, names: list[str], row: TaskRow) -> None:
    """Only what the task asks for may be typed: a number, or yes and no."""
    done = names.index("done")
    if declares_number(row.task):
        sheet.data_validation(
            line,
            done,
            line,
            done,
            {"validate": "length", "criteria": "==", "value": 0, "error_message": "此项填“完成数”"},
        )
    else:
        sheet.data_validation(line, done, line, done, {"validate": "list", "source": ["是", "否"]})


def _notes(book: Any, name: str) -> None:
    sheet = book.add_worksheet("填写说明")
    sheet.set_column(0, 0, 100)
    for line, note in enumerate((name, *_NOTES)):
        sheet.write_string(line, 0, note)
