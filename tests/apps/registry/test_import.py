"""Institution files: what is new, what changes, what contradicts; nothing is silently changed."""

from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.institutions import InstitutionRow
from jieyue.apps.exchange.result import Report
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.models import Publication
from jieyue.apps.registry import queries
from jieyue.apps.registry.import_plan import InstitutionPlan, plan_institutions
from jieyue.apps.registry.services.create import create
from jieyue.apps.registry.services.import_institutions import ImportCounts, import_institutions
from jieyue.apps.trees.queries import node_by_code
from tests.crash import crash

Nodes = dict[tuple[str, str], int]
BEGIN, DAY = date(2020, 1, 1), date(2025, 7, 1)


def row(number: int, code: str, **values: object) -> InstitutionRow:
    """A row as the reader gives it; quantities in ten-thousandths."""
    filled = {
        "code": code,
        "name": f"机构{code}",
        "type": "021",
        "region": "500103",
        "valid_from": BEGIN,
    } | values
    cleared = frozenset(filled.pop("cleared", ()))
    return InstitutionRow(row=number, given=frozenset(filled), cleared=cleared, **filled)


def plan(*rows: InstitutionRow, **options: object) -> tuple[InstitutionPlan, Report]:
    report = Report(rows=[one.row for one in rows])
    return plan_institutions(rows, report, **options), report


def store(*rows: InstitutionRow, **options: object) -> ImportCounts:
    made, report = plan(*rows, **options)
    assert not report.has_errors, report.findings
    return import_institutions(made, actor="tester")


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_files_does_not_matter(city_trees: Nodes, order: tuple[int, ...]) -> None:
    last = date(2026, 1, 1)
    files = [
        row(2, "A", energy_users=10_000, floor_area_m2=70_000, reporting_parent="L-500103"),
        row(2, "A", valid_from=DAY, energy_users=20_000, reporting_parent="L-500104"),
        row(2, "A", valid_from=last, floor_area_m2=80_000, reporting_parent="L-500104"),
    ]
    for place in order:
        store(files[place])
    number = queries.by_code(["A"], DAY)["A"]
    spans = [(BEGIN, 1, 7, "L-500103"), (DAY, 2, 7, "L-500104"), (last, 2, 8, "L-500104")]
    for day, persons, area, body in spans:
        found = queries.institution(number, day)
        assert (found.attributes.persons, found.attributes.floor_area) == (persons, area)
        assert found.nodes["line"] == city_trees["line", body]
    for one in files:
        assert codes(plan(one)[1]) == ["duplicate_in_store"]


@pytest.mark.postgres
def test_a_first_file_creates_bodies_and_institutions(city_trees: Nodes) -> None:
    rows = [
        row(2, "A", floor_area_m2=25_005_000, energy_users=1_000_000,
            department="教育系统", reporting_parent="L-500103"),
        row(3, "B", reporting_parent="新设机构", reporting_unit="A", aliases=("乙校",), lon="106.55", lat="29.56"),
        row(4, "A", valid_from=DAY, energy_users=1_200_000),
    ]  # fmt: skip
    made, report = plan(*rows)
    assert codes(report) == ["node_created"]
    assert "“新设机构”不在报送关系中" in report.findings[0].message_zh
    entries = ActionLog.objects.count()
    assert import_institutions(made, actor="tester") == ImportCounts(2, 0, 1, Publication.objects.count())
    assert ActionLog.objects.count() == entries + 1
    ids = queries.by_code(["A", "B"], DAY)
    first, second = queries.institution(ids["A"], BEGIN), queries.institution(ids["B"], DAY)
    assert first.attributes.floor_area == Decimal("2500.5")
    assert (first.attributes.persons, queries.institution(ids["A"], DAY).attributes.persons) == (100, 120)
    assert first.nodes["department"] == city_trees["department", "D-EDU"]
    assert first.nodes["line"] == city_trees["line", "L-500103"]
    assert second.nodes["line"] == node_by_code("line", "新设机构", DAY).id
    assert second.unit == ids["A"]
    assert (second.attributes.lon, second.attributes.lat) == (106.55, 29.56)
    assert queries.by_alias(["乙校"], DAY) == {"乙校": [ids["B"]]}


@pytest.mark.postgres
def test_the_same_file_again_changes_nothing(city_trees: Nodes) -> None:
    first = row(2, "A", energy_users=10_000, reporting_parent="L-500103")
    rows = [first, row(3, "A", valid_from=DAY, energy_users=20_000)]
    store(*rows)
    publications = Publication.objects.count()
    made, report = plan(*rows)
    assert codes(report) == ["duplicate_in_store", "duplicate_in_store"]
    result = report.result(applied=True)
    assert (result.read, result.accepted, result.duplicate, result.rejected) == (2, 0, 2, 0)
    assert import_institutions(made, actor="tester") == ImportCounts(0, 0, 0, None)
    assert Publication.objects.count() == publications


def test_another_value_of_the_same_key_is_a_conflict(city_trees: Nodes) -> None:
    store(row(2, "A", energy_users=10_000))
    made, report = plan(row(2, "A", energy_users=20_000))
    assert codes(report) == ["conflict"]
    assert not made.touched
    finding = report.findings[0]
    assert (finding.row, finding.column, finding.value) == (2, "energy_users", "2")
    assert "stored as 1, the file says 2" in finding.message_en
    assert codes(plan(row(2, "A", region="500104"))[1]) == ["conflict"]
    assert codes(plan(row(2, "A", cleared=("energy_users",)))[1]) == ["clear_needs_restate"]
    # What was unknown may be filled in, and a restatement may correct and clear.
    store(row(2, "A", floor_area_m2=5_000_000))
    store(row(2, "A", energy_users=20_000, cleared=("floor_area_m2",)), restate=True)
    number = queries.by_code(["A"], DAY)["A"]
    found = queries.institution(number, DAY).attributes
    assert (found.persons, found.floor_area) == (2, None)
    old = queries.institution(number, DAY, seq=Publication.objects.count() - 1).attributes
    assert (old.persons, old.floor_area) == (1, 500)


def test_a_later_day_is_a_dated_change(city_trees: Nodes) -> None:
    store(row(2, "A", energy_users=10_000))
    assert store(row(2, "A", valid_from=DAY, energy_users=20_000, region="500104", name="新名")).changed == 1
    number = queries.by_code(["A"], DAY)["A"]
    before, after = queries.institution(number, date(2025, 6, 30)), queries.institution(number, DAY)
    assert (before.name, before.attributes.persons) == ("机构A", 1)
    assert (after.name, after.attributes.persons) == ("新名", 2)
    assert before.nodes["area"] == city_trees["area", "500103"]
    assert after.nodes["area"] == city_trees["area", "500104"]
    assert queries.by_alias(["机构A"], DAY) == {"机构A": [number]}


def test_a_row_with_an_end_closes(city_trees: Nodes) -> None:
    store(row(2, "A", reporting_parent="L-500103"))
    number = queries.by_code(["A"], DAY)["A"]
    store(row(2, "A", valid_to=DAY))
    assert queries.spans_of([number]) == {number: (BEGIN, DAY)}
    assert queries.institution(number, DAY) is None
    assert codes(plan(row(2, "A", valid_to=DAY))[1]) == ["duplicate_in_store"]


@pytest.mark.postgres
def test_rows_are_matched_by_credit_code_and_name_in_the_same_region(city_trees: Nodes) -> None:
    places = {"area": "500103", "type": "021", "line": "city"}
    number = create(
        {"code": "OWN", "name": "示例第三中学", "credit_code": "12500103MB0000001X"},
        places=places,
        valid_from=BEGIN,
        actor="tester",
    )
    store(row(2, "F-1", name="示例第三中学", credit_code="12500103MB0000001X", energy_users=10_000))
    assert queries.by_alias(["F-1"], DAY) == {"F-1": [number]}
    assert queries.institution(number, DAY).code == "OWN"
    # Found by the foreign code from now on; another name in another region is somebody else.
    assert codes(plan(row(2, "F-1", name="示例第三中学", energy_users=10_000))[1]) == ["duplicate_in_store"]
    made, report = plan(row(2, "F-2", name="示例第三中学", beds=10_000))
    assert codes(report) == ["matched_by_alias"]
    assert made.touched == {number}
    made, report = plan(row(2, "F-3", name="示例第三中学", region="500104"))
    assert (made.created, codes(report)) == (1, [])


def test_units_that_are_not_there_or_chains_are_rejected(city_trees: Nodes) -> None:
    assert codes(plan(row(2, "A", reporting_unit="nobody"))[1]) == ["unknown_institution"]
    _made, report = plan(row(2, "A", reporting_unit="B"), row(3, "B", reporting_unit="C"), row(4, "C"))
    assert codes(report) == ["unit_chain"]
    assert report.findings[0].row == 2
    assert codes(plan(row(2, "A", reporting_unit="A"))[1]) == []


def test_a_plan_grows_stale(city_trees: Nodes) -> None:
    made, _ = plan(row(2, "A"))
    store(row(2, "B"))
    with pytest.raises(RefusedError) as caught:
        import_institutions(made, actor="tester")
    assert caught.value.code == "stale"
    assert queries.by_code(["A"], DAY) == {}


def import_two() -> None:
    store(row(2, "A", energy_users=10_000), row(3, "B", reporting_parent="新设机构"))


@pytest.mark.parametrize(
    "name", ["publish.in_office", "publish.after_office", "publish.after_append", "publish.before_done"]
)
def test_killed_during_an_import_all_rows_or_none(home, city_trees: Nodes, name: str) -> None:
    from jieyue.apps.publication.services.publish import finish_pending
    from tests.lake_rows import lake_rows

    crash(home, name, import_two)
    finish_pending()
    stored = name != "publish.in_office"
    assert set(queries.by_code(["A", "B"], DAY)) == ({"A", "B"} if stored else set())
    assert (node_by_code("line", "新设机构", DAY) is not None) is stored
    assert [one["code"] for one in lake_rows("dim_institution")] == (["A", "B"] if stored else [])
    assert len({one["institution"] for one in lake_rows("dim_membership")}) == (2 if stored else 0)
