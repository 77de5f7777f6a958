"""The rules about summaries (L16): on the page while the table is added up, and before it is sent upward."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.review.releases import held_on
from jieyue.apps.review.services.try_rules import try_rules
from jieyue.apps.summaries import rules
from jieyue.apps.summaries.models import Summary
from jieyue.apps.summaries.services import send as sending
from jieyue.domain.period import Period
from tests.apps.summaries.dozen import YEAR, Dozen
from tests.apps.summaries.test_pages import offers_to_send, text_of, visitor
from tests.clients import quiet_refusals

CITY, DISTRICT = f"/summary/?period={YEAR}", "L-500103"


@pytest.fixture(autouse=True)
def _quiet() -> None:
    quiet_refusals()


def sent(name: str, body: str) -> Any:
    return visitor(name).post("/summary/send/", {"form": "NY301", "body": body, "period": YEAR})


def test_an_institution_without_a_type_is_found_and_holds_the_table_back(dozen: Dozen) -> None:
    """X1 has no type: its 0.0003 kWh stand in S001 and in none of S002, S003, S010."""
    page = visitor("c-approver").get(CITY)
    shown = text_of(page)
    assert "错误 L16A 合计=国家机关+事业单位小计+团体组织" in shown
    row = shown[shown.index("L16A") :]
    # Electricity: 690099.5003 = 12078 + 50000.5 + 7000 + 90000 + 400000 + 120000 + 8000 + 3021 + 0.0003, by hand.
    for said in ("690,099.5003", "100,021", "582,078.5", "8,000", "单位X1", "补上类型"):
        assert said in row, said
    assert "L16B" not in shown
    assert not offers_to_send(page)
    answer = sent("c-approver", "city")
    assert answer.status_code == 422
    refused = text_of(answer)
    assert ["L16A" in refused, "X1" in refused, "补上类型" in refused] == [True] * 3
    assert not Summary.objects.exists()


def test_with_its_type_the_table_goes_upward(typed: Dozen) -> None:
    page = visitor("c-approver").get(CITY)
    assert "L16A" not in text_of(page)
    assert offers_to_send(page)
    assert sent("c-approver", "city").status_code == 302


def test_a_rule_that_only_warns_is_shown_and_lets_the_table_go(
    dozen: Dozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = held_on(date(2025, 12, 31))
    mild = tuple(replace(row, severity="warning") for row in held.rules.rows)
    warned = replace(held, rules=replace(held.rules, rows=mild))
    monkeypatch.setattr(rules, "held_on", lambda _day: warned)
    page = visitor("c-approver").get(CITY)
    assert "◆" in text_of(page)[text_of(page).index("L16A") - 8 :]
    assert offers_to_send(page)
    answer = sent("c-approver", "city")
    assert answer.status_code == 302
    assert "L16A" in text_of(visitor("c-publisher").get(answer["Location"])), "who decides sees it too"


def test_a_trial_judges_the_tables_that_were_sent_by_the_rules_about_their_columns(typed: Dozen) -> None:
    """The city's table of 2025, sent: by the rules in force nothing is wrong with it, and by a rule that wants every
    line's column S009 above 0 each line is that has something in it."""
    assert sent("c-approver", "city").status_code == 302
    held = held_on(date(2025, 12, 31))
    strict = tuple(replace(row, text="#S009 > 0") if row.code == "L16A" else row for row in held.rules.rows)
    proposed = replace(held, rules=replace(held.rules, rows=strict))
    found = try_rules(proposed, held, "NY201", [Period.parse(YEAR)])
    (row,) = Summary.objects.all()
    lines = [values for values in json.loads(row.cells).values() if values[0] is not None]
    wrong = sum(Decimal(values[8] or 0) <= 0 for values in lines)
    assert wrong > 0
    assert found.by_rule["L16A"] == (wrong, 0)
    assert (found.tables, found.flagged_tables) == (1, (1, 0))
    assert found.as_dict()["flagged_tables"] == {"new": 1, "old": 0}
    assert found.errors[0] - found.errors[1] == wrong
    assert try_rules(proposed, held, "NY201", [Period.parse("2024")]).tables == 0


def test_a_trial_holds_the_tables_that_were_sent_to_the_returns_behind_them(typed: Dozen) -> None:
    """The district's and the city's tables of 2025, sent. In the district's as it lies in the store electricity says
    1 kWh more than its returns, 162099.5 by hand, in two of its columns, and water 0.5 m³ less in one: two lines, by
    L16C as it is; with a tolerance of 0.75 only the line of electricity; without the rule none."""
    for name, body in (("d-approver", DISTRICT), ("c-approver", "city")):
        sending.send(typed.user(name), typed.node(body), "NY301", YEAR)
    held, when = held_on(date(2025, 12, 31)), [Period.parse(YEAR)]
    assert "L16C" not in try_rules(held, held, "NY201", when).by_rule, "the tables are what the returns make"
    row = Summary.objects.get(body=typed.node(DISTRICT))
    table = json.loads(row.cells)
    assert table["110"][0] == "162099.5"
    table["110"][:2] = [str(Decimal(text) + 1) for text in table["110"][:2]]
    table["120"][0] = str(Decimal(table["120"][0]) - Decimal("0.5"))
    Summary.objects.filter(pk=row.pk).update(cells=json.dumps(table))

    def ruled(**said: Any) -> Any:
        rows = tuple(replace(one, **said) if one.code == "L16C" else one for one in held.rules.rows)
        return replace(held, rules=replace(held.rules, rows=rows))

    loose = try_rules(ruled(params=("tol=0.75",)), held, "NY201", when)
    assert loose.by_rule["L16C"] == (1, 2)
    assert (loose.tables, loose.flagged_tables) == (2, (1, 1))
    none = try_rules(ruled(form="NY302"), held, "NY201", when)
    assert none.by_rule["L16C"] == (0, 2)
    assert none.flagged_tables[1] == 1
    assert none.errors[1] - none.errors[0] == 2


def test_a_rule_of_a_column_that_nobody_is_counted_in_is_shown_with_the_table(
    dozen: Dozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line whose column S009 is empty gives 0 for it; nobody stands in it, and the page shows the rule."""
    held = held_on(date(2025, 12, 31))
    rows = tuple(replace(row, text="#S009 > 0") if row.code == "L16A" else row for row in held.rules.rows)
    monkeypatch.setattr(rules, "held_on", lambda _day: replace(held, rules=replace(held.rules, rows=rows)))
    page = visitor("c-approver").get(CITY)
    assert page.status_code == 200
    assert "L16A" in text_of(page)


def test_the_returns_of_the_body_alone_are_read_again(dozen: Dozen, monkeypatch: pytest.MonkeyPatch) -> None:
    """A district's table is held to its own returns: those of A1, A2, G1, C1 and K1, not to the authority's."""
    asked: list[Any] = []
    right = rules.build

    def seen(*said: Any, **more: Any) -> Any:
        asked.append(more.get("institutions"))
        return right(*said, **more)

    monkeypatch.setattr(rules, "build", seen)
    assert sending.send(dozen.user("d-approver"), dozen.node(DISTRICT), "NY301", YEAR).state == "sent"
    assert asked == [sorted(dozen.number(name) for name in ("A1", "A2", "G1", "C1", "K1"))]


def test_a_cell_that_is_not_what_the_approved_returns_make_is_not_sent(
    dozen: Dozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table says one kilowatt-hour more than the returns of the district."""
    right = sending.summed

    def wrong(ledger: Any, body: int) -> Any:
        made = right(ledger, body)
        lines = [
            replace(row, values=(row.values[0] + 10_000, row.values[1] + 10_000, *row.values[2:]))
            if row.item == "110"
            else row
            for row in made.lines
        ]
        return replace(made, lines=tuple(lines))

    monkeypatch.setattr(sending, "summed", wrong)
    with pytest.raises(RefusedError) as caught:
        sending.send(dozen.user("d-approver"), dozen.node(DISTRICT), "NY301", YEAR)
    assert (caught.value.code, caught.value.data["rules"]) == ("summary_rules", "L16C")
    # A1, A2, G1, C1 and K1: 12078 + 50000.5 + 7000 + 90000 + 3021.
    for said in ("S001=162100.5", "S001=162099.5"):
        assert said in caught.value.message_zh
    monkeypatch.undo()
    assert sending.send(dozen.user("d-approver"), dozen.node(DISTRICT), "NY301", YEAR).state == "sent"
