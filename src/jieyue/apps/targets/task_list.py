"""The tasks of a plan with what was declared about each, and its verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jieyue.apps.publication.rules import plan
from jieyue.apps.targets.models import TaskResult
from jieyue.catalog.plan import Plan, PlanTask
from jieyue.domain.rounding import exact_text
from jieyue.domain.task_verdict import (
    Declaration,
    TaskStatus,
    after_due,
    by_indicator,
    declares_number,
    task_status,
)

#: Who a task's statement speaks to, as pages and papers write it.
OWNERS = {
    "city": ("市级管理部门", "the city's managing body"),
    "managing_bodies": ("各级管理部门", "managing bodies"),
    "districts": ("各区县", "districts"),
    "departments": ("市级各部门", "municipal departments"),
    "systems": ("教科文卫体等系统", "systems"),
    "party_organs": ("党政机关", "party and government organs"),
    "key_units": ("重点用能单位", "key energy-using units"),
    "institution": ("各公共机构", "institutions"),
    "national": ("国家", "the nation"),
}


@dataclass(frozen=True)
class TaskRow:
    """A countable task, the newest declaration about it (None: none), and the verdict of both."""

    task: PlanTask
    result: TaskResult | None
    status: TaskStatus
    late: bool

    @property
    def owner_zh(self) -> str:
        """Whose task it is."""
        return OWNERS[self.task.owner][0]

    @property
    def owner_en(self) -> str:
        """Whose task it is."""
        return OWNERS[self.task.owner][1]

    @property
    def target(self) -> str:
        """The printed goal with its sign, `≥ 100`; empty where the plan prints no number."""
        if not declares_number(self.task) or self.task.number is None:
            return ""
        return f"{SIGNS[self.task.op]} {self.task.number.text}"

    @property
    def unit(self) -> str:
        """The printed unit of goal and declared value."""
        return self.task.number.printed_unit if self.task.number else ""

    @property
    def value(self) -> Fraction | None:
        """The declared value, in the printed unit."""
        return None if self.result is None else of_decimal(self.result.value)

    @property
    def denominator(self) -> Fraction | None:
        """Of how many, as declared."""
        return None if self.result is None else of_decimal(self.result.denominator)

    def as_dict(self) -> dict[str, Any]:
        """The JSON object."""
        result = self.result
        return {
            "task": self.task.code,
            "clause": self.task.clause,
            "name_zh": self.task.name_zh,
            "name_en": self.task.name_en,
            "target": self.target or None,
            "unit": self.unit,
            "owner": self.task.owner,
            "status": self.status,
            "value": text_of(self.value),
            "denominator": text_of(self.denominator),
            "done": result.done if result else None,
            "on": result.on.isoformat() if result else None,
            "source": result.source if result else None,
            "evidence": result.evidence if result else None,
            "person": result.person if result else None,
            "version": result.version if result else None,
        }


SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "="}


def of_decimal(value: Any) -> Fraction | None:
    """A stored decimal, exact."""
    return None if value is None else Fraction(value)


def text_of(value: Fraction | None) -> str | None:
    """A declared number as written, without trailing zeros."""
    return None if value is None else exact_text(value)


def declarable(wanted: Plan) -> list[PlanTask]:
    """The tasks that somebody declares: countable, and not judged by an indicator's figures."""
    return [task for task in wanted.tasks if task.countable and not by_indicator(task)]


def task_rows(plan_id: str) -> list[TaskRow]:
    """Every countable task of a plan in the order of its clauses; one without a declaration has no data."""
    wanted = plan(plan_id)
    newest = newest_results(wanted.id)
    return [_row(task, newest.get(task.code)) for task in declarable(wanted)]


def newest_results(plan_id: str) -> dict[str, TaskResult]:
    """Task → its newest declaration."""
    rows: Iterable[TaskResult] = TaskResult.objects.filter(plan=plan_id).order_by("version")
    return {row.task: row for row in rows}


def versions_of(plan_id: str, task: str) -> list[TaskResult]:
    """All declarations about a task, the newest first."""
    return list(TaskResult.objects.filter(plan=plan_id, task=task).order_by("-version"))


def _row(task: PlanTask, result: TaskResult | None) -> TaskRow:
    declared = None if result is None else Declaration(of_decimal(result.value), result.done, result.on)
    return TaskRow(
        task, result, task_status(task, declared), declared is not None and after_due(task, declared)
    )
