"""Reads of the targets: where a plan's indicators stand in a year, by the plan's own method."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.accounts.queries import FigureRow, figures_by
from jieyue.apps.accounts.services.compute_run import NO_FACTOR_SET
from jieyue.apps.publication.rules import home_catalog, plan
from jieyue.apps.review.queries import kept
from jieyue.apps.summaries.open_rows import periods_within
from jieyue.catalog.plan import Plan, PlanIndicator
from jieyue.domain.period import Period
from jieyue.domain.plan_verdict import Verdict, verdict
from jieyue.domain.rounding import display, exact_text


@dataclass(frozen=True)
class PlanStatusRow:
    """One indicator of a plan in a year; numbers as exact decimal texts in the product's unit.

    `shown_*` are rounded as people read them, in the plan's printed unit (`printed_unit`); where the plan prints a
    wrong unit (`unit_misprinted`) they are in `unit`. `own_method` False: the CO2 was computed with another factor
    set or electricity factor than the plan's, `factor_set`, and the verdict says so.
    """

    indicator: str
    base: str | None
    target: str | None
    path: str | None
    actual: str | None
    unit: str
    binding: bool | None
    status: str
    receipt: str | None
    name_zh: str
    name_en: str
    clause: str
    printed_unit: str
    unit_misprinted: bool
    target_op: str
    shown_base: str | None
    shown_target: str | None
    shown_path: str | None
    shown_actual: str | None
    rule_value: str | None
    status_by_rule: str | None
    also_target: str | None
    status_by_also: str | None
    figure_status: str
    words_zh: str
    words_en: str
    note: str
    factor_set: str
    own_method: bool

    def as_dict(self) -> dict[str, Any]:
        """The JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class OtherMethod:
    """The same consumption under another method: the figure, and how far it is from the plan's."""

    choice: Mapping[str, str]
    figure: FigureRow
    difference: str | None
    shown_difference: str | None
    explain_zh: str
    explain_en: str


def plan_status(
    plan_id: str,
    year: int,
    *,
    scope: str = "city",
    sequence: int | None = None,
    choice: Mapping[str, str | None] | None = None,
) -> list[PlanStatusRow]:
    """All indicators of a plan in a year, by the plan's method. Raises what figures raise.

    choice: another `factor_set` or `electricity_factor` for the indicators of CO2, above all where the plan names
    none; their verdicts then say that they are not by the plan's own method. All others stay by the plan's.
    """
    wanted = plan(plan_id)
    asked = _Asked(wanted, scope, sequence, MethodChoice.of_plan(wanted).changed(**dict(choice or {})))
    now = asked.figures(year)
    bases = {}
    if any(indicator.base is None for indicator in wanted.indicators):
        bases = asked.figures(wanted.base_year)
    return [
        _by_method(
            _row(wanted, indicator, year, now.get(indicator.code), bases.get(indicator.code)),
            now.get(indicator.code),
            own=not (asked.other and _carbon(indicator.code)),
        )
        for indicator in wanted.indicators
    ]


def open_errors(plan_id: str, year: int) -> int:
    """Errors of the review that stand open with the returns of a year."""
    form = plan(plan_id).method.account_form
    return kept(form, periods_within(Period.parse(str(year)))).filter(severity="error").count()


@dataclass(frozen=True)
class _Asked:
    """A plan's indicators at a scope; those of CO2 by `choice`, all others by the plan's method."""

    plan: Plan
    scope: str
    sequence: int | None
    choice: MethodChoice

    @property
    def other(self) -> bool:
        """Whether CO2 is computed otherwise than the plan says."""
        return self.choice != MethodChoice.of_plan(self.plan)

    def figures(self, year: int) -> dict[str, FigureRow]:
        """The figures of a year by indicator."""
        codes = [indicator.code for indicator in self.plan.indicators]
        carbon = [code for code in codes if self.other and _carbon(code)]
        rest = [code for code in codes if code not in carbon]
        own = MethodChoice.of_plan(self.plan)
        parts = [(own, rest), (self.choice, carbon)]
        return {
            row.indicator: row
            for method, part in parts
            if part
            for row in figures_by(method, [self.scope], str(year), indicators=part, sequence=self.sequence)
        }


def _carbon(code: str) -> bool:
    return home_catalog().indicator(code).basis == "co2"


def _by_method(row: PlanStatusRow, figure: FigureRow | None, *, own: bool) -> PlanStatusRow:
    """The row with what its method does to the verdict: another one is named, one that cannot be is explained."""
    zh, en = row.words_zh, row.words_en
    label = figure.factor_set if figure else ""
    if figure is not None and NO_FACTOR_SET in figure.reasons:
        zh = f"{zh}：规划没有指明碳排放因子组；可选定一组另算"
        en = f"{en}: the plan names no CO2 factor set; choose one to have it computed"
    elif not own:
        zh, en = f"{zh}（用 {label}，非规划口径）", f"{en} (by {label}, not by the plan's own method)"
    return replace(row, words_zh=zh, words_en=en, factor_set=label, own_method=own)


def other_methods(
    plan_id: str,
    year: int,
    indicator: str,
    choices: list[Mapping[str, str]],
    *,
    scope: str = "city",
    sequence: int | None = None,
) -> list[OtherMethod]:
    """The plan's figure beside the same under other methods; the difference is the method's alone."""
    wanted = plan(plan_id)
    own = figures_by(
        MethodChoice.of_plan(wanted), [scope], str(year), indicators=[indicator], sequence=sequence
    )
    definition = home_catalog().indicator(indicator)
    rows = []
    for said in choices:
        choice = MethodChoice.of_plan(wanted).changed(**dict(said))
        found = figures_by(choice, [scope], str(year), indicators=[indicator], sequence=sequence)
        there, here = (_value(rows_[0]) if rows_ else None for rows_ in (found, own))
        if there is None or here is None:
            continue
        gap = there - here
        rows.append(
            OtherMethod(
                choice=said,
                figure=found[0],
                difference=exact_text(gap),
                shown_difference=display(gap, definition.decimals),
                explain_zh=f"同一用能量改用 {found[0].factor_set}，差异 {display(gap, definition.decimals)} "
                f"{definition.unit} 全部来自方法，不作为考核结论",
                explain_en=f"the same consumption under {found[0].factor_set}; the difference of "
                f"{display(gap, definition.decimals)} {definition.unit} comes from the method alone",
            )
        )
    return rows


def _row(
    wanted: Plan, indicator: PlanIndicator, year: int, now: FigureRow | None, base: FigureRow | None
) -> PlanStatusRow:
    actual = _value(now)
    judged = verdict(
        indicator,
        actual,
        year,
        base_year=wanted.base_year,
        target_year=wanted.target_year,
        base=_value(base),
    )
    zh, en = judged.words
    row = PlanStatusRow(
        indicator=indicator.code,
        base=_text(judged.base),
        target=_text(judged.target),
        path=_text(judged.path),
        actual=_text(actual),
        unit=indicator.unit,
        binding=indicator.binding,
        status=judged.status,
        receipt=now.receipt if now else None,
        name_zh=indicator.name_zh,
        name_en=indicator.name_en,
        clause=indicator.clause,
        printed_unit=indicator.printed_unit,
        unit_misprinted=_misprinted(indicator),
        target_op=indicator.target_op,
        shown_base=None,
        shown_target=None,
        shown_path=None,
        shown_actual=None,
        rule_value=_text(judged.rule_value),
        status_by_rule=judged.status_by_rule,
        also_target=_text(judged.also_target),
        status_by_also=judged.status_by_also,
        figure_status=now.status if now else "missing",
        words_zh=zh,
        words_en=en,
        note=indicator.note,
        factor_set=now.factor_set if now else "",
        own_method=True,
    )
    return _shown(row, indicator, judged)


def _shown(row: PlanStatusRow, indicator: PlanIndicator, judged: Verdict) -> PlanStatusRow:
    """The numbers as the plan prints them: its unit, its digits."""
    printed = indicator.target or indicator.base
    decimals = len(printed.text.partition(".")[2]) if printed else 2
    decimals = max(decimals, 2)

    def text(value: Fraction | None) -> str | None:
        return None if value is None else display(value / indicator.scale, decimals)

    return replace(
        row,
        shown_base=indicator.base.text if indicator.base else text(judged.base),
        shown_target=indicator.target.text if indicator.target else text(judged.target),
        shown_path=text(judged.path),
        shown_actual=text(judged.actual),
    )


def _misprinted(indicator: PlanIndicator) -> bool:
    printed = indicator.base or indicator.target
    return printed is not None and printed.literal_scale != printed.scale


def _value(row: FigureRow | None) -> Fraction | None:
    return None if row is None else row.exact


def _text(value: Fraction | None) -> str | None:
    return None if value is None else exact_text(value)
