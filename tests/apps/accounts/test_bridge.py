"""From what reports to a body to what stands in its region: the municipal hospital, for those who may see both."""

import pytest

from jieyue.apps.accounts.derived_receipts import replay_any, view_any
from jieyue.apps.insights.bridge import bridge
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.queries import by_code
from jieyue.apps.registry.services.transfer import transfer
from tests.apps.accounts import desk
from tests.apps.accounts import small_city as sc

#: HO-01 stands in 500104 and reports to the municipal health department; all else there reports to L-500104.
HOSPITAL = sc.FACTS_2024["HO-01", "2024"]


def of(scope: str, sees=lambda _: True, **more):
    return bridge(scope, "2024", sequence=last_done(), sees=sees, **more)


@pytest.mark.parametrize("scope", ["line:L-500104", "area:500104"])
def test_the_municipal_hospital_is_the_difference(city, scope: str) -> None:
    found = of(scope)
    assert (found.line, found.area) == ("line:L-500104", "area:500104")
    assert (found.institutions.value, found.energy.value) == (1, desk.tce(HOSPITAL))
    assert found.words[0] == f"另有市级等单位 1 个、{found.energy.display} 吨标准煤，不属本区县报送"
    assert view_any(found.energy.receipt).derived == found.energy
    assert len(found.energy.parts) == 2
    assert replay_any(found.energy.receipt).equal


def test_where_all_report_to_their_own_district(city) -> None:
    """The central unit of 500103 is outside the count on both sides."""
    found = of("line:L-500103")
    assert (found.institutions.value, found.energy.value, found.elsewhere) == (0, 0, 0)
    assert found.words[0] == "区域内的机构都由本区县报送"


def test_who_may_not_see_both_sides_gets_nothing(city) -> None:
    for seen in ({"line:L-500104"}, {"area:500104"}, set()):
        assert of("line:L-500104", sees=seen.__contains__) is None
        assert of("area:500104", sees=seen.__contains__) is None


def test_a_scope_without_a_counterpart_has_no_bridge(city) -> None:
    assert [of(scope) for scope in ("city", "type:021", "line:L-M-HEALTH", "line:NONE", "SC-01")] == [
        None
    ] * 5


def test_who_reports_here_from_elsewhere_is_said(own_city) -> None:
    transfer(by_code(["OR-02"], None)["OR-02"], "area", "500105", day=sc.MOVED.replace(2020), actor="tests")
    found = of("line:L-500104")
    assert found.elsewhere == 1
    assert "本口径另有 1 个机构在其他区域" in found.words[0]
