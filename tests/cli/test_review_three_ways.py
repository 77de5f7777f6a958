"""Every rule judges one return, a workbook and the city alike: the findings are the same, number by number.

A return on its own is read from the office's documents, a workbook's cells stand over them, the city is read from the
lake with what was handed in over it (statistics.md). Returns are changed at random until every rule has said something.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import DONE, jieyue
from tests.shared_home import turned_to

SIZE = 120
Cells = dict[str, tuple[int, int]]
TYPED = 3  # origin of a cell
BEFORE = "2026-08"
#: Returns of a form that are changed, those of institutions with rooms or heating before others.
MOST = 60
#: Rules that say something where a form and period are changed at random; those not named have no limit set, compare
#: with many others, or are of returns that are not there.
LOGIC = [*(f"L0{n}" for n in range(1, 9)), "L12", *(f"P0{n}" for n in range(1, 9)), "R01"]
MONTHLY = [*LOGIC, "Y01", "Y02", "D11", "U01", "S01"]
YEARLY = [*LOGIC, "L17", "Y01", "Y02", "Y03", "Y04", "Y05", "Y06"]
ROOMS = ["L09", "L10", "L11", "L11W", "R02"]
HEATING = ["L13", "L14", "L15A", "L15B", "L15C"]


@pytest.fixture(scope="module")
def home(office: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("ways") / "home"
    assert jieyue(path, "demo", "--institutions", str(SIZE), "--no-serve").code == DONE
    with turned_to(path):
        yield path


@pytest.mark.parametrize(
    ("form", "period", "expected"),
    [
        ("NY201", "2026-09", MONTHLY),
        ("NY201", "2025", YEARLY),
        ("NY202", "2026-09", ROOMS),
        ("NY203", "2025-HS", HEATING),
    ],
)
def test_a_return_a_workbook_and_the_city_are_judged_alike(
    home: Path, form: str, period: str, expected: list[str]
) -> None:
    from django.db import transaction

    from jieyue.apps.returns.models import Return

    chance, fired = random.Random(20261128), set[str]()
    with transaction.atomic():
        asked = Return.objects.filter(form=form, period=period, subject_kind="institution").order_by("pk")
        several = set(Return.objects.filter(form__in=("NY202", "NY203")).values_list("subject", flat=True))
        rows = sorted(asked, key=lambda row: row.subject not in several)[:MOST]
        stored = stored_cells(rows)
        for _round in range(20 if len(rows) < 20 else 4):
            said = {row.pk: changed(chance, row, stored) for row in rows}
            fired |= judged_alike(form, period, rows, said)
        transaction.set_rollback(True)
    assert set(expected) <= fired


def judged_alike(form: str, period: str, rows: list[Any], said: dict[int, Cells]) -> set[str]:
    """The rules that fired; every way has told the same."""
    from jieyue.apps.returns.models import Return
    from jieyue.apps.review.services.check_returns import look, look_at
    from jieyue.domain.period import Period
    from jieyue.domain.review import AMONG_MANY

    when, among = Period.parse(period), set[str]()
    typed = workbook(form, when, rows, said)
    for row in rows:
        row.draft, row.state = written(form, said[row.pk]), "submitted"
    Return.objects.bulk_update(rows, ["draft", "state"])
    whole: dict[int, list[Any]] = {}
    counted: frozenset[int] = frozenset()
    if form != "NY202":  # its rooms are judged one by one
        found = look(form, [when])
        among = {one.code for one in found.rules.rows if one.op in AMONG_MANY}
        counted = found.subjects  # a central unit is in nobody's count here
        assert sum(row.subject in counted for row in rows) >= 0.9 * len(rows)
        for flag in found.flags:
            whole.setdefault(flag.subject, []).append(flag)
    fired = set()
    for row in rows:
        alone = look_at(form, when, [row.subject], instance=row.instance).flags
        assert alone == typed[row.instance, row.subject]
        if row.subject in counted:
            assert alone == [flag for flag in whole.get(row.subject, []) if flag.rule not in among]
        fired |= {flag.rule for flag in alone}
    return fired


def workbook(
    form: str, when: Any, rows: list[Any], said: dict[int, Cells]
) -> dict[tuple[str, int], list[Any]]:
    """(room, institution) → what is found of the cells of a whole workbook, nothing of which is stored."""
    from jieyue.apps.review.services.check_returns import look_at_typed

    found: dict[tuple[str, int], list[Any]] = {(row.instance, row.subject): [] for row in rows}
    typed = {(row.subject, row.instance): said[row.pk] for row in rows}
    for room, flag in look_at_typed(form, when, typed):
        found[room, flag.subject].append(flag)
    return found


def stored_cells(rows: list[Any]) -> dict[tuple[int, str, str], Cells]:
    """(institution, room, period) → cells, of the returns and of the month before theirs."""
    from jieyue.apps.returns.cells import parse
    from jieyue.apps.returns.queries import document_texts

    (form,), periods = {row.form for row in rows}, {BEFORE, *(row.period for row in rows)}
    texts = document_texts([form], [row.subject for row in rows], sorted(periods))
    return {(subject, room, period): parse(text) for _form, subject, period, room, text in texts}


def changed(chance: random.Random, row: Any, stored: dict[tuple[int, str, str], Cells]) -> Cells:
    """The return's cells with some of them left out, set to nothing, another number or another unit; or all of those
    of another month."""
    from jieyue.apps.publication.rules import home_catalog

    if chance.random() < 0.1 and (row.subject, row.instance, BEFORE) in stored:
        return dict(stored[row.subject, row.instance, BEFORE])
    cells = dict(stored[row.subject, row.instance, row.period])
    for item in home_catalog().items(row.form):
        kind = chance.random()
        if kind < 0.06:
            cells.pop(item.code, None)
        elif kind < 0.12:
            cells[item.code] = (0, TYPED)
        elif kind < 0.3:
            cells[item.code] = (chance.randrange(1, 400) * 10_000, TYPED)
        elif kind < 0.36 and item.code in cells:
            cells[item.code] = (cells[item.code][0] * 1000, TYPED)
    return cells


def written(form: str, cells: Cells) -> str:
    """The document of these cells."""
    from jieyue.apps.publication.rules import home_catalog
    from jieyue.apps.returns.cells import text_of

    return text_of(cells, {item.code: item.unit for item in home_catalog().items(form)})


def test_what_rooms_have_handed_in_is_added_up_by_one_return_and_by_the_city_alike(home: Path) -> None:
    """Of two rooms one hands in anew 10 kWh more than the institution's whole electricity less the other room's."""
    from django.db import transaction

    from jieyue.apps.returns.cells import parse
    from jieyue.apps.returns.models import Return
    from jieyue.apps.returns.queries import document_texts
    from jieyue.apps.review.services.check_returns import look, look_at
    from jieyue.domain.period import Period

    month = "2026-09"
    with transaction.atomic():
        rooms = Return.objects.filter(form="NY202", period=month, current__isnull=False).order_by("pk")
        second = rooms.filter(instance="2")[0]
        first = rooms.get(subject=second.subject, instance="1")
        texts = document_texts(["NY201", "NY202"], [first.subject], [month])
        stored = {(form, room): parse(text) for form, _subject, _period, room, text in texts}
        whole, other = stored["NY201", ""]["110"][0], stored["NY202", "2"]["240"][0]
        for more, expected in ((100_000, True), (0, False)):
            first.draft = written("NY202", stored["NY202", "1"] | {"240": (whole - other + more, TYPED)})
            first.state = "submitted"
            first.save()
            alone = look_at("NY201", Period.parse(month), [first.subject]).flags
            city = look("NY201", [Period.parse(month)]).flags
            assert any(flag.rule == "L12" for flag in alone) is expected
            assert [flag for flag in city if flag.subject == first.subject and flag.rule == "L12"] == [
                flag for flag in alone if flag.rule == "L12"
            ]
        transaction.set_rollback(True)
