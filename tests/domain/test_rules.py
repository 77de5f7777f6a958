"""The language of review rules: what it accepts, what it refuses, and three-valued logic worked out by hand."""

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pytest

from jieyue.domain.rule_eval import Quantity, evaluate
from jieyue.domain.rule_text import Call, Cell, RuleTextError, cells_of, parse

UNKNOWN = None


@dataclass
class Table:
    """Columns by reader and item; None = unknown."""

    size: int
    columns: dict[tuple[str, str], list[Fraction | float | None]]
    notes: dict[str, list[bool]] = field(default_factory=dict)

    def cell(self, reader: str, form: str, code: str) -> Quantity:
        said = self.columns.get((reader, f"{form}:{code}"), [None] * self.size)
        known = np.array([value is not None for value in said])
        return Quantity(np.array([round((value or 0) * 10_000) for value in said], dtype=np.int64), known)

    def explained(self, form: str, code: str):
        return np.array(self.notes.get(f"{form}:{code}", [False] * self.size))


def judge(text: str, **columns: list[Fraction | float | None]) -> list[bool | None]:
    """The truth of a rule for rows of items: `i110`, or `prev_year_110`; None = unknown."""
    named = {}
    for name, values in columns.items():
        reader, _, code = name.rpartition("_")
        named["" if reader == "i" else reader, f"NY201:{code}"] = values
    size = max((len(values) for values in columns.values()), default=1)
    rule = parse(text, form="NY201", parameters={"limit": Fraction(1, 10)})
    truth = evaluate(rule, Table(size, named))
    return [bool(true) if known else None for true, known in zip(truth.true, truth.known, strict=True)]


def test_a_tree_holds_exactly_or_not_at_all() -> None:
    assert judge("#150 == #1501 + #1502", i_150=[0.3, 0.3, 5], i_1501=[0.1, 0.1, 2], i_1502=[0.2, 0.2001, None]) == [
        True, False, None,
    ]  # fmt: skip


def test_unknown_neither_passes_nor_fires() -> None:
    assert judge("#102 > 0 AND #103 > 0", i_102=[1, 0, None, None, 1], i_103=[1, None, None, 0, None]) == [
        True, False, None, False, None,
    ]  # fmt: skip
    assert judge("#102 > 0 OR #103 > 0", i_102=[1, 0, None], i_103=[None, None, 0]) == [True, None, None]
    assert judge("#1501 > 0 IMPLIES #1041 > 0", i_1501=[5, 0, None, 5, None], i_1041=[0, None, 3, None, 0]) == [
        False, True, True, None, None,
    ]  # fmt: skip
    assert judge("NOT (#102 > 0)", i_102=[1, 0, None]) == [False, True, None]


def test_a_change_is_measured_against_the_other_return() -> None:
    rule = "change(#103, prev_year(#103)) > limit"
    assert judge(rule, i_103=[111, 110, 89, 90, 5, 5], prev_year_103=[100, 100, 100, 100, 0, None]) == [
        True, False, True, False, None, None,
    ]  # fmt: skip


def test_a_ratio_by_nothing_is_unknown() -> None:
    rule = "ratio(#111, #110) >= 0.4 AND ratio(#111, #110) <= 1.2"
    assert judge(rule, i_110=[100, 100, 100, 0, None], i_111=[40, 120, 121, 5, 5]) == [
        True, True, False, None, None,
    ]  # fmt: skip


def test_precedence_brackets_and_signs() -> None:
    assert judge("#1 + #2 * 2 == 7 AND -#1 + 1 == 0", i_1=[1], i_2=[3]) == [True]
    assert judge("(#1 + #2) * 2 == 8 OR #1 == 9", i_1=[1], i_2=[3]) == [True]
    assert judge("abs(#1 - #2) <= 0.01", i_1=[1, 1], i_2=[1.01, 1.02]) == [True, False]
    assert judge("given(#1)", i_1=[0, None]) == [True, False]


def test_notes_are_seen() -> None:
    text = "#110 > 0 IMPLIES (#111 > 0 OR explained(#110))"
    table = Table(2, {("", "NY201:110"): [5, 5], ("", "NY201:111"): [0, 0]}, {"NY201:110": [True, False]})
    assert evaluate(parse(text, form="NY201"), table).true.tolist() == [True, False]


def test_another_forms_item_and_the_cells_of_a_rule() -> None:
    rule = parse("sum_instances(NY202:240) <= #110", form="NY201")
    assert cells_of(rule) == (Cell("NY202", "240"), Cell("NY201", "110"))
    assert isinstance(rule.left, Call)


def test_large_numbers_stay_exact() -> None:
    # 2^53 + 1 ten-thousandths: a float would not see the last one.
    more, less, last = Fraction("900719925474.0993"), Fraction("900719925474.0992"), Fraction("0.0001")
    assert judge("#1 == #2 + #3", i_1=[more], i_2=[less], i_3=[last]) == [True]
    assert judge("#1 == #2", i_1=[more], i_2=[less]) == [False]


@pytest.mark.parametrize(
    ("text", "en"),
    [
        ("", "something is missing"),
        ("#150", "it must be true or false"),
        ("#150 == ", "something is missing at the end"),
        ("#150 == #1 #2", "is not expected here"),
        ("(#150 == 1", "a closing bracket is missing"),
        ("#150 == nothing", "'nothing' is not known"),
        ("__import__ == 1", "is not known"),
        ("#150 == 1; import os", "is not understood"),
        ("abs(#1, #2) == 1", "abs takes 1 arguments"),
        ("prev_year(#1 + #2) == 1", "prev_year reads one item"),
        ("#1 AND #2 > 1", "truth is needed where quantity stands"),
        ("abs(#1 == 2) == 1", "quantity is needed where truth stands"),
        ("#1 == (#2 > 1)", "real is needed where truth stands"),
        ("#1 == 1e400", "is not expected here"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_place(text: str, en: str) -> None:
    with pytest.raises(RuleTextError) as refused:
        parse(text, form="NY201")
    assert en in refused.value.message_en
    assert refused.value.message_zh.startswith("规则“")
