"""Verdicts on a plan's tasks: done, not done, or no data; never one without data.

A task with a printed number is judged by what was declared against it; one without a number (a rule to be made, a
count that the plan leaves open) by whether its owner declares it done.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from jieyue.catalog.plan import PlanTask

TaskStatus = Literal["done", "not_done", "no_data"]

_KEPT = {
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "=": lambda value, limit: value == limit,
}


@dataclass(frozen=True, slots=True)
class Declaration:
    """What was declared of a task: ``value`` in the printed unit, ``done`` where the plan prints no number, ``on``
    the day that it speaks of."""

    value: Fraction | None
    done: bool | None
    on: date


def declares_number(task: PlanTask) -> bool:
    """Whether the plan prints a number that a declared value is held against."""
    return task.number is not None and bool(task.op)


def by_indicator(task: PlanTask) -> bool:
    """Whether the task is judged by an indicator's figures, so that nobody declares it."""
    return task.kind == "indicator"


def task_status(task: PlanTask, declared: Declaration | None) -> TaskStatus:
    """Judge a declaration; without one, or without what the judgement needs: no data.

    >>> from jieyue.catalog.plan import load_plan
    >>> area = next(t for t in load_plan("chongqing-14fyp").tasks if t.code == "retrofit_area")
    >>> task_status(area, Declaration(Fraction(100), None, date(2025, 12, 31))), task_status(area, None)
    ('done', 'no_data')
    """
    if declared is None:
        return "no_data"
    if not declares_number(task):
        return "no_data" if declared.done is None else "done" if declared.done else "not_done"
    if declared.value is None or task.number is None:
        return "no_data"
    return "done" if _KEPT[task.op](declared.value, Fraction(task.number.text)) else "not_done"


def after_due(task: PlanTask, declared: Declaration) -> bool:
    """Whether the declaration speaks of a day after the task was due."""
    return task.due is not None and declared.on > task.due
