"""Take in declared results of a plan's tasks: how far, on what day, by which evidence, who answers for it."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.dates import parse_date
from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.list_import import ListChoice, ListOutcome, Taken, take_list
from jieyue.apps.exchange.lists import ListKind, ListRow, ParsedList, read_list
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.numbers import Refusal, clean, number_of
from jieyue.apps.exchange.reader import Cell, read_bytes, text_of
from jieyue.apps.exchange.result import Report
from jieyue.apps.publication.rules import home_catalog, home_plan, plan
from jieyue.apps.targets.models import TaskResult
from jieyue.apps.targets.task_list import newest_results
from jieyue.catalog.plan import Plan, PlanTask
from jieyue.domain.task_verdict import by_indicator, declares_number

_LONGEST: Final = {"source": 500, "evidence": 255, "person": 60, "task": 80}
_NUMBERS: Final = ("value", "denominator")
_MOST_DECIMALS, _MOST = 6, Decimal(10) ** 15
_YES, _NO = ("是", "已完成", "完成", "yes", "true", "1"), ("否", "未完成", "no", "false", "0")
_WHOLE_SHARE = 100
#: What a person fills in; a row with none of it stays without data.
ENTRY: Final = ("value", "denominator", "done", "on", "source", "evidence", "person")


def _read(name: str, cell: Cell, date_1904: bool) -> Any:
    if name in _NUMBERS:
        return _decimal(cell)
    if name == "on":
        return parse_date(cell, date_1904=date_1904)
    text = clean(text_of(cell))
    if name == "done":
        said = text.lower()
        return True if said in _YES else False if said in _NO else Refusal("unknown_code")
    longest = _LONGEST.get(name, len(text))
    return text if len(text) <= longest else Refusal("text_too_long", longest)


def _decimal(cell: Cell) -> Decimal | Refusal:
    number = number_of(cell, percent=False)
    if isinstance(number, Refusal):
        return number
    value = Decimal(number.digits).scaleb(-number.decimals)
    if value < 0:
        return Refusal("negative")
    if value >= _MOST or value != round(value, _MOST_DECIMALS):
        return Refusal("number_too_large")
    return value


KIND: Final = ListKind(
    columns={
        "task": ("任务代码", "task"),
        "clause": ("条款", "clause"),
        "name": ("任务", "任务名称", "name"),
        "statement": ("规划原文", "statement"),
        "target": ("规划目标", "target"),
        "of_what": ("计数范围", "counted over"),
        "owner": ("责任单位", "owner"),
        "value": ("完成数", "value"),
        "unit": ("单位", "unit"),
        "denominator": ("分母数", "denominator"),
        "done": ("是否完成", "done"),
        "on": ("截至日期", "on", "date"),
        "source": ("来源依据", "source"),
        "evidence": ("凭据文件", "evidence"),
        "person": ("责任人", "person"),
    },
    required=("task",),
    key=("task",),
    read=_read,
    known={"done": "是、否"},
)


def import_tasks(
    content: bytes,
    name: str,
    choice: ListChoice,
    *,
    actor: str,
    batch: Batch | None = None,
    plan_id: str | None = None,
) -> ListOutcome:
    """Store a workbook of declared results (plan_id: default the home's plan).

    A row that nobody filled in changes nothing and stays without data. A later day is a new version; another value for
    a day that stands, or an earlier day, needs `restate`. The same again is a duplicate.
    """
    wanted = home_plan() if plan_id is None else plan(plan_id)
    taken = Taken("targets", "tasks", KIND, _looker(wanted), _storer(wanted))
    return take_list(taken, content, name, choice, actor=actor, batch=batch)


def declare_file(content: bytes, name: str, plan_id: str, *, actor: str, reason: str) -> int:
    """Store a list that came with the product and not as somebody's file (the sample city); how many were declared.

    Raises ValueError if it is not all right.
    """
    wanted = plan(plan_id)
    parsed = read_list(read_bytes(content, name), of_catalog(home_catalog()), KIND)
    _looker(wanted)(parsed, False)
    if parsed.report.has_errors:
        raise ValueError(f"{name}: {parsed.report.findings[0].message_en}")
    with transaction.atomic():
        _storer(wanted)(parsed.rows, None, actor)
        record(
            "targets.declare",
            f"plan:{wanted.id}",
            actor=actor,
            reason=reason,
            data={"rows": len(parsed.rows)},
        )
    return len(parsed.rows)


def _looker(wanted: Plan) -> Callable[[ParsedList, bool], None]:
    def look(parsed: ParsedList, restate: bool) -> None:
        tasks = {task.code: task for task in wanted.tasks}
        stored = newest_results(wanted.id)
        blank = 0
        for row in parsed.rows:
            task = tasks.get(row.values["task"])
            if task is None:
                parsed.report.reject(row.row, "task_unknown", column="task", value=row.values["task"])
            elif not _filled(row):
                blank += 1
            elif _good(row, task, wanted, parsed.report):
                _beside(row, stored.get(task.code), parsed.report, restate)
        if blank:
            parsed.report.add("tasks_left_blank", count=blank)

    return look


def _filled(row: ListRow) -> bool:
    return any(name in row.values for name in ENTRY)


def _good(row: ListRow, task: PlanTask, wanted: Plan, report: Report) -> bool:
    """Whether the row says all that a declaration needs, and nothing that cannot be."""
    said, number = row.values, declares_number(task)

    def refuse(code: str, column: str, **more: Any) -> bool:
        report.reject(row.row, code, column=column, value=str(said.get(column, "")), **more)
        return False

    if by_indicator(task) or not task.countable:
        return refuse("task_not_declared", "task")
    if number and "value" not in said:
        return refuse("task_value_missing", "value", name=task.name_zh)
    if not number and "done" not in said:
        return refuse("task_done_missing", "done", name=task.name_zh)
    if number and "done" in said:
        return refuse("task_done_judged", "done", name=task.name_zh)
    for column in ("on", "source", "person"):
        if column not in said:
            return refuse("task_incomplete", column, label=KIND.columns[column][0])
    if task.kind == "share" and said.get("value", 0) > _WHOLE_SHARE:
        return refuse("task_share", "value")
    if said.get("denominator") == 0:
        return refuse("task_denominator", "denominator")
    if not date(wanted.base_year, 1, 1) <= said["on"] <= settings.JIEYUE_HOME.today():
        return refuse("task_day", "on", year=wanted.base_year)
    return True


def _beside(row: ListRow, before: TaskResult | None, report: Report, restate: bool) -> None:
    """Compare with what stands: the same is a duplicate, a day that stands or an earlier one needs a reason."""
    if before is None:
        return
    said = row.values
    if _said_by(said) == _said_of(before):
        report.duplicate(row.row, "duplicate_in_store")
    elif said["on"] <= before.on and not restate:
        report.reject(
            row.row, "conflict", column="on", value=f"{said['on']}", stored=f"{before.on}", key=before.task
        )


def _storer(wanted: Plan) -> Callable[[list[ListRow], int | None, str], list[dict[str, Any]]]:
    def store(rows: list[ListRow], batch: int | None, actor: str) -> list[dict[str, Any]]:
        stored, made, replaced = newest_results(wanted.id), [], []
        for row in rows:
            if not _filled(row):
                continue
            code = row.values["task"]
            before = stored.get(code)
            if before is not None:
                replaced.append({"task": code, "version": before.version, **_plain(before)})
            made.append(
                TaskResult(
                    plan=wanted.id,
                    task=code,
                    version=1 if before is None else before.version + 1,
                    batch=batch,
                    by=actor,
                    at=timezone.now(),
                    **_values(row.values),
                )
            )
        TaskResult.objects.bulk_create(made)
        return replaced

    return store


def _values(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "value": said.get("value"),
        "denominator": said.get("denominator"),
        "done": said.get("done"),
        "on": said["on"],
        "source": said["source"],
        "evidence": said.get("evidence", ""),
        "person": said["person"],
    }


def _plain(row: TaskResult) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ENTRY}


def _said_by(said: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(_values(said)[name] for name in ENTRY)


def _said_of(row: TaskResult) -> tuple[Any, ...]:
    return tuple(_plain(row)[name] for name in ENTRY)
