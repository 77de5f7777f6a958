"""Rule sets: the shipped one is whole, a wrong one is refused with its place, and its digest is of its contents."""

import csv
from pathlib import Path

import pytest

from jieyue.catalog.loader import load_catalog
from jieyue.catalog.ruleset import SHIPPED, load_ruleset, ruleset_ids, spread
from jieyue.catalog.strict import CatalogError
from jieyue.domain.review import rule_of

CATALOG = load_catalog()


def copied(folder: Path, **changes: str) -> Path:
    """The shipped rule set with the first row's cells changed."""
    (folder / "ruleset.toml").write_text('id = "mine"\nname_zh = "我的"\nname_en = "Mine"\n', "utf-8")
    with (SHIPPED / "survey-default" / "rules.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= changes
    with (folder / "rules.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_every_shipped_rule_is_read_for_every_scheme_and_says_where_it_comes_from() -> None:
    order = tuple(CATALOG.schemes)
    assert order == ("2020", "2022", "2025-11")
    for name in ruleset_ids():
        found = load_ruleset(name, CATALOG)
        for scheme in order:
            for form in CATALOG.forms:
                for written in found.written(form, scheme, order):
                    row = written.row
                    rule_of(
                        code=row.code, form=form, kind=row.kind, severity=row.severity, periods=row.periods,
                        op=row.op, text=written.text, items=written.items, on=written.on, limits=written.limits,
                    )  # fmt: skip
        assert all(row.source and row.name_zh and row.mend_zh for row in found.rows)


def test_the_rules_of_the_survey_are_there_with_their_limits_and_none_that_nobody_stated() -> None:
    """Codes and limits as printed in the list of audit rules (domain facts), copied by hand."""
    rows = {row.code: row for row in load_ruleset("survey-default", CATALOG).rows}
    stated = {
        "P01": {"min": "0.40", "max": "1.20"}, "P02": {"min": "1.5", "max": "10"}, "P06": {"min": "400", "max": "2000"},
        "Y01": {"max_change": "0.1"}, "Y03": {"max_change": "0.15"}, "Y05": {"max_change": "0.25"},
        "Y06": {"max_change": "0.3"}, "L11W": {"pue_warn_above": "2.2"}, "B01": {"limit": "unset"},
        "B02": {"max_change": "unset"}, "D01": {"least": "unset"},
    }  # fmt: skip
    for code, limits in stated.items():
        said = dict(word.split("=") for word in rows[code].params)
        assert {name: said[name] for name in limits} == limits
    assert {f"L{n:02}" for n in range(1, 18)} - {
        "L15",
        "L16",
    } <= rows.keys()  # L15 in three, L16 is of summaries
    assert {f"P{n:02}" for n in range(1, 9)} | {f"Y{n:02}" for n in range(1, 7)} <= rows.keys()
    assert {row.official for code, row in rows.items() if code[0] in "MSU"} == {"no"}


def test_each_list_of_items_is_a_rule_of_its_own() -> None:
    row = next(row for row in load_ruleset("survey-default", CATALOG).rows if row.code == "L06")
    assert [written.text for written in spread(row)] == [
        "#1501 > 0 IMPLIES #1041 > 0",
        "#1601 > 0 IMPLIES #1042 > 0",
    ]
    assert [written.on for written in spread(row)] == [("1041",), ("1042",)]


@pytest.mark.parametrize(
    ("changes", "column", "said"),
    [
        ({"form": "NY999"}, "form", "no form NY999"),
        ({"on": "999"}, "each", "has no item 999"),
        ({"text": "#150 == #999"}, "text", "has no item 999"),
        ({"text": "#150 == NY203:150"}, "text", "NY203 has no item 150"),
        ({"params": "tol"}, "params", "name=value"),
        ({"params": "tol=x"}, "params", "name=value"),
        ({"periods": "W"}, "periods", "only Y, Q, M, H"),
        ({"scheme_from": "1999"}, "scheme_from", "no scheme 1999"),
        ({"op": "guess"}, "op", "not one of"),
        ({"text": ""}, "text", "have a text"),
        ({"severity": ""}, "severity", "required cell is blank"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(
    tmp_path: Path, changes: dict[str, str], column: str, said: str
) -> None:
    with pytest.raises(CatalogError) as refused:
        load_ruleset(copied(tmp_path, **changes), CATALOG)
    assert (refused.value.row, refused.value.column) == (2, column)
    assert said in refused.value.reason_en
    assert refused.value.reason_zh


def test_the_digest_is_of_what_the_rules_say(tmp_path: Path) -> None:
    plain, other, same = (tmp_path / name for name in ("a", "b", "c"))
    for folder in (plain, other, same):
        folder.mkdir()
    digests = [
        load_ruleset(folder, CATALOG).digest
        for folder in (copied(plain), copied(other, params="tol=1"), copied(same))
    ]
    assert digests[0] == digests[2] != digests[1]


def test_a_folder_without_a_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"ruleset\.toml"):
        load_ruleset(tmp_path, CATALOG)
