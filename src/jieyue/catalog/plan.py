"""Plan packages 规划包: load a folder of data into a `Plan`, strictly.

A folder holds ``plan.toml`` and, as far as the plan is known, ``indicators.csv``, ``tasks.csv``,
``declared.csv``, ``base_YEAR.csv`` (figures of an earlier year), ``statements.csv``, ``units.csv``,
``clauses.csv`` (the headings of its clauses), ``issued.csv`` (targets that were issued to single bodies) and a
``catalog/`` of its own.
The layout is told in docs/how-to/new-plan.md; the plans shipped are in ``plans/``.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from jieyue.catalog.plan_model import (
    Declared,
    Document,
    ElectricityFactor,
    Method,
    Plan,
    PlanIndicator,
    PlanTask,
    Printed,
    Statement,
    exact,
)
from jieyue.catalog.plan_statements import read_statements
from jieyue.catalog.plan_tables import (
    ClauseRow,
    DeclaredRow,
    IndicatorRow,
    IssuedRow,
    TaskRow,
    UnitRow,
)
from jieyue.catalog.plan_toml import read_head
from jieyue.catalog.strict import CatalogError, Placed, parse_number, read_placed

__all__ = [
    "Declared",
    "Document",
    "ElectricityFactor",
    "Method",
    "Plan",
    "PlanIndicator",
    "PlanTask",
    "Printed",
    "Statement",
    "load_plan",
    "parent_of",
    "plan_ids",
]

PLANS = Path(__file__).parent / "plans"
_TABLES = (
    "indicators.csv",
    "tasks.csv",
    "declared.csv",
    "statements.csv",
    "units.csv",
    "clauses.csv",
    "issued.csv",
)
_BASE = re.compile(r"base_(\d{4})\.csv")
_DIGITS = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)

Refuse = Callable[[str | None, str, str], NoReturn]
Units = Mapping[tuple[str, str], Fraction]


def plan_ids() -> tuple[str, ...]:
    """The ids of the plans that ship with the product, sorted."""
    return tuple(sorted(folder.parent.name for folder in PLANS.glob("*/plan.toml")))


def load_plan(where: str | Path) -> Plan:
    """The plan with this id, or the one in this folder. Raises `CatalogError`.

    >>> load_plan("chongqing-14fyp").indicator("co2_total_t").target_value
    Fraction(3350000, 1)
    """
    folder = PLANS / where if isinstance(where, str) and where in plan_ids() else Path(where)
    if not (folder / "plan.toml").is_file():
        known = ", ".join(plan_ids())
        raise CatalogError(
            str(where),
            None,
            None,
            f"没有这个规划，也不是规划文件夹（缺 plan.toml）。已有：{known}",
            f"no such plan, and no plan folder (plan.toml is missing); known: {known}",
        )
    return _Folder(folder).plan()


def parent_of(plan: Plan) -> Plan | None:
    """The plan above this one (``parent``), looked for beside its folder and then among those shipped; None
    if it names none. Raises `CatalogError` if it is named and not found."""
    if not plan.parent:
        return None
    beside = plan.folder.parent / plan.parent
    return load_plan(beside if (beside / "plan.toml").is_file() else plan.parent)


def _digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of the folder's data files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".toml", ".csv")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


class _Folder:
    """One plan folder while it is being read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.head = read_head(folder / "plan.toml")
        if folder.parent == PLANS and folder.name != self.head.id:
            self._refuse_file(
                "plan.toml", f"编号应与文件夹同名：{folder.name}", f"the id must be {folder.name}"
            )
        for path in sorted(folder.glob("*.csv")):
            if path.name not in _TABLES and not _BASE.fullmatch(path.name):
                known = ", ".join((*_TABLES, "base_YEAR.csv"))
                self._refuse_file(
                    path.name, f"不认识的表。可用的表：{known}", f"unknown table; known: {known}"
                )
        self.units = self._units()

    def _refuse_file(self, name: str, zh: str, en: str) -> NoReturn:
        raise CatalogError(str(self.folder / name), None, None, zh, en)

    def _units(self) -> Units:
        units: dict[tuple[str, str], Fraction] = {}
        for path in (PLANS / "units.csv", self.folder / "units.csv"):
            if not path.is_file():
                continue
            for placed in read_placed(path, UnitRow, key=("printed_unit", "unit")):
                row = placed.row
                if units.setdefault((row.printed_unit, row.unit), row.scale) != row.scale:
                    placed.refuse("scale", "与通用单位表不同", "differs from the common table of units")
        return units

    def _clauses(self) -> dict[str, tuple[str, str]]:
        path = self.folder / "clauses.csv"
        rows = read_placed(path, ClauseRow, key=("clause",)) if path.is_file() else []
        return {placed.row.clause: (placed.row.name_zh, placed.row.name_en) for placed in rows}

    def plan(self) -> Plan:
        declared, past = self._declared("declared.csv"), self._past()
        indicators = self._indicators(declared)
        head = self.head
        own_catalog = self.folder / "catalog"
        plan = Plan(
            id=head.id,
            name_zh=head.name_zh,
            name_en=head.name_en,
            authority_zh=head.authority_zh,
            authority_en=head.authority_en,
            region=head.region,
            base_year=head.base_year,
            target_year=head.target_year,
            parent=head.parent,
            document=head.document,
            method=head.method,
            indicators=indicators,
            tasks=self._tasks({indicator.code for indicator in indicators}),
            declared=declared,
            past=past,
            statements=(),
            clauses=self._clauses(),
            folder=self.folder,
            catalog_folder=own_catalog if own_catalog.is_dir() else None,
            digest=_digest(self.folder),
            issued=self._issued({indicator.code: indicator for indicator in indicators}),
            issued_rows=self._issued_rows(),
        )
        return replace(plan, statements=read_statements(self.folder / "statements.csv", plan))

    def _past(self) -> dict[int, dict[str, Declared]]:
        past: dict[int, dict[str, Declared]] = {}
        for path in sorted(self.folder.glob("base_*.csv")):
            match = _BASE.fullmatch(path.name)
            if match:
                past[int(match.group(1))] = self._declared(path.name)
        return past

    def _declared(self, name: str) -> dict[str, Declared]:
        path = self.folder / name
        if not path.is_file():
            return {}
        return {
            placed.row.code: Declared(
                code=placed.row.code,
                clause=placed.row.clause,
                name_zh=placed.row.name_zh,
                name_en=placed.row.name_en,
                number=self._printed(placed.refuse, "printed", placed.row.printed, placed.row),
                verified=placed.row.verified,
                source=placed.row.source,
                note=placed.row.note,
            )
            for placed in read_placed(path, DeclaredRow, key=("code",))
        }

    def _printed(
        self, refuse: Refuse, column: str, text: str, row: DeclaredRow | IndicatorRow | TaskRow
    ) -> Printed:
        """The number in a cell with the units of its row; a scale that is not the printed unit's own needs
        a note that says why."""
        if not _DIGITS.fullmatch(text):
            refuse(column, f"“{text}”不是数，只写数字", f"{text!r} is not a number; digits only")
        literal = self.units.get((row.printed_unit, row.unit))
        if literal is None or row.scale is None or row.scale == 0:
            refuse(
                "printed_unit" if literal is None else "scale",
                f"不知道“{row.printed_unit}”怎样折成“{row.unit}”。请在 units.csv 写明，并填 scale",
                f"no rule from {row.printed_unit!r} to {row.unit!r}: add it to units.csv and fill in scale",
            )
        if literal != row.scale and not row.note:
            refuse(
                "scale",
                f"与印刷单位不符（应为 {literal}）。若原文单位印错，请在 note 说明",
                f"does not fit the printed unit ({literal}); if the document misprints it, say so in note",
            )
        return Printed(
            text=text,
            printed_unit=row.printed_unit,
            unit=row.unit,
            scale=row.scale,
            literal_scale=literal,
        )

    def _indicators(self, declared: Mapping[str, Declared]) -> tuple[PlanIndicator, ...]:
        path = self.folder / "indicators.csv"
        if not path.is_file():
            return ()
        placed_rows = read_placed(path, IndicatorRow, key=("code",))
        return tuple(self._indicator(placed, declared) for placed in placed_rows)

    def _indicator(self, placed: Placed[IndicatorRow], declared: Mapping[str, Declared]) -> PlanIndicator:
        row = placed.row

        def printed(column: str, text: str) -> Printed | None:
            return self._printed(placed.refuse, column, text, row) if text else None

        also = declared.get(row.also)
        if row.also and (also is None or also.number.unit != row.unit):
            placed.refuse(
                "also", "declared.csv 没有这一项，或单位不同", "not in declared.csv, or of another unit"
            )
        if row.change_pct and not _DIGITS.fullmatch(row.change_pct):
            placed.refuse("change_pct", "不是数", "not a number")
        base, target = printed("base", row.base), printed("target", row.target)
        if row.target_op == "=" and target and not row.change_pct and base is None:
            placed.refuse(
                "target_op",
                "没有基期值和降幅，无法知道目标是上限还是下限。请写 <= 或 >=",
                "without a base or a percentage it is open whether the target is a cap or a floor; "
                "write <= or >=",
            )
        return PlanIndicator(
            code=row.code,
            clause=row.clause,
            box=row.box,
            name_zh=row.name_zh,
            name_en=row.name_en,
            printed_unit=row.printed_unit,
            unit=row.unit,
            scale=row.scale or Fraction(1),
            base=base,
            target=target,
            target_op=row.target_op,
            change=exact(row.change_pct, "%") if row.change_pct else None,
            attribute=row.attribute,
            also=None if also is None else also.number,
            path=self._path(placed),
            verified=row.verified,
            source=row.source,
            note=row.note,
        )

    def _issued(self, indicators: Mapping[str, PlanIndicator]) -> dict[str, dict[str, PlanIndicator]]:
        found: dict[str, dict[str, PlanIndicator]] = {}
        for placed in self._issued_read():
            found.setdefault(placed.row.scope, {})[placed.row.code] = self._of_body(placed, indicators)
        return found

    def _issued_rows(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for placed in self._issued_read():
            found.setdefault(placed.row.scope, []).append(placed.number)
        return found

    def _issued_read(self) -> list[Placed[IssuedRow]]:
        path = self.folder / "issued.csv"
        return list(read_placed(path, IssuedRow, key=("scope", "code"))) if path.is_file() else []

    def _of_body(self, placed: Placed[IssuedRow], indicators: Mapping[str, PlanIndicator]) -> PlanIndicator:
        """What was issued to a body, as an indicator of its own."""
        row, own = placed.row, indicators.get(placed.row.code)
        tree, _, node = row.scope.partition(":")
        if tree not in ("line", "area", "department", "type") or not node:
            placed.refuse(
                "scope",
                f"“{row.scope}”应写成 line:代码（或 area:、department:、type:）",
                f"{row.scope!r} must read line:CODE (or area:, department:, type:)",
            )
        if own is None:
            placed.refuse("code", "indicators.csv 没有这个指标", "not in indicators.csv")
        if not (row.target or row.change_pct):
            placed.refuse("target", "目标值和降幅至少写一项", "give a target or a percentage")
        if row.target_op == "=" and row.target and not (row.base or row.change_pct):
            placed.refuse(
                "target_op",
                "没有基期值和降幅，无法知道目标是上限还是下限。请写 <= 或 >=",
                "without a base or a percentage it is open whether the target is a cap or a floor; write <= or >=",
            )
        made = IndicatorRow(
            code=row.code,
            clause=row.clause,
            name_zh=own.name_zh,
            name_en=own.name_en,
            printed_unit=row.printed_unit,
            unit=own.unit,
            scale=row.scale,
            base=row.base,
            target=row.target,
            target_op=row.target_op,
            change_pct=row.change_pct,
            attribute=row.attribute,
            path=row.path,
            verified=row.verified,
            source=row.source,
            note=row.note,
        )
        return self._indicator(Placed(made, placed.file, placed.number), {})

    def _path(self, placed: Placed[IndicatorRow]) -> dict[int, Fraction]:
        path: dict[int, Fraction] = {}
        for word in placed.row.path:
            year, _, text = word.partition(":")
            inside = year.isdigit() and self.head.base_year < int(year) <= self.head.target_year
            if not inside or int(year) in path or not _DIGITS.fullmatch(text):
                placed.refuse(
                    "path",
                    f"“{word}”应写成 年份:数值，年份在规划期内且不重复",
                    f"{word!r} must read YEAR:VALUE, the year within the plan and once only",
                )
            path[int(year)] = parse_number(text) * (placed.row.scale or 1)
        return path

    def _tasks(self, indicators: set[str]) -> tuple[PlanTask, ...]:
        path = self.folder / "tasks.csv"
        if not path.is_file():
            return ()
        return tuple(self._task(placed, indicators) for placed in read_placed(path, TaskRow, key=("code",)))

    def _task(self, placed: Placed[TaskRow], indicators: set[str]) -> PlanTask:
        row = placed.row
        if row.indicator and row.indicator not in indicators:
            placed.refuse("indicator", "indicators.csv 没有这个指标", "not in indicators.csv")
        if (row.number == "") != (row.op == ""):
            placed.refuse("op", "number 与 op 须同时填写", "number and op go together")
        number = self._printed(placed.refuse, "number", row.number, row) if row.number else None
        return PlanTask(
            code=row.code,
            clause=row.clause,
            box=row.box,
            heading=row.heading,
            kind=row.kind,
            statement=row.statement,
            name_zh=row.name_zh,
            name_en=row.name_en,
            op=row.op,
            number=number,
            due=row.due,
            denominator_zh=row.denominator_zh,
            denominator_en=row.denominator_en,
            owner=row.owner,
            indicator=row.indicator,
            countable=row.countable,
            verified=row.verified,
            note=row.note,
        )
