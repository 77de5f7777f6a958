"""Key energy-using units: named by a paper, supervised since a day, ended; no threshold is made up.

The home's clock says 2026-11-22. X is 榆林学校, Y is 柏林学校 (metered_city).
"""

from datetime import date

import pytest
from django.conf import settings

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.holdings.key_units import unit_of
from jieyue.apps.holdings.services.designate import Naming, designate
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.queries import by_code
from jieyue.apps.registry.services.close import close
from tests.web.conftest import operator
from tests.web.test_meters import built, own_points, rows_of

__all__ = ["built", "own_points"]

HEAD = "code,indicator,threshold,unit,name_zh,name_en,source,confidence,verified\n"
RULE = "energy_total,energy_total_tce,{},tce,年综合能耗,energy of the year,某市通知,high,no\n"


def test_one_is_named_gets_another_supervisor_and_ends(own_points: dict[str, int]) -> None:
    client = operator()
    named = {
        "act": "name",
        "institution": "X",
        "document": "渝机管函〔2024〕1号",
        "supervisor": "区机关事务中心",
    }
    assert client.post("/keyunits/", named | {"day": "2024-02-01"}).status_code == 302
    assert client.post("/keyunits/", named | {"day": "2024-03-01"}).status_code == 422  # nothing is new
    assert client.post("/keyunits/", named | {"day": "2025-02-30"}).status_code == 422
    assert (
        client.post("/keyunits/", named | {"day": "2026-01-01", "supervisor": "市机关事务局"}).status_code
        == 302
    )
    first = ["榆林学校", "X", "渝机管函〔2024〕1号", "区机关事务中心", "2024-02-01", "2026-01-01"]
    second = ["榆林学校", "X", "渝机管函〔2024〕1号", "市机关事务局", "2026-01-01", "—"]
    assert rows_of(client, "/keyunits/?export=csv") == [second]
    assert rows_of(client, "/keyunits/?show=all&export=csv") == [second, first]
    assert "重点用能单位" in client.get("/institutions/X/holdings/").content.decode()
    ended = client.post(
        "/keyunits/", {"act": "end", "institution": "X", "day": "2026-06-01", "reason": "用能下降"}
    )
    assert ended.status_code == 302
    assert rows_of(client, "/keyunits/?export=csv") == []
    verbs = ActionLog.objects.filter(verb__contains="designat").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["holdings.designate", "holdings.designate", "holdings.end_designation"]


def test_who_enters_numbers_names_nobody_and_an_end_of_the_institution_ends_it(
    own_points: dict[str, int],
) -> None:
    number = by_code(["Y"])["Y"]
    user = create_user("reporter-y", actor="tests")
    grant(user, "reporter", node=number, valid_from=date(2020, 1, 1), actor="tests")
    naming = Naming(number, date(2026, 1, 1), "文号", "某局")
    with pytest.raises(RefusedError, match="named by"):
        designate(naming, actor="reporter-y", by=user)
    designate(naming, actor="tests")
    assert unit_of(number, date(2026, 11, 22)) is not None
    close(number, date(2026, 11, 1), actor="tests")
    held = unit_of(number, date(2026, 10, 31))
    assert held is not None
    assert (held.valid_to, unit_of(number, date(2026, 11, 1))) == (date(2026, 11, 1), None)


def test_without_a_threshold_there_are_no_candidates_and_the_page_says_why(
    own_points: dict[str, int],
) -> None:
    client = operator()
    shown = client.get("/keyunits/?candidates=yes").content.decode()
    assert "<dd>未设" in shown
    assert "没有来源给出门槛" in shown
    own = settings.JIEYUE_HOME.path / "holdings"
    own.mkdir()
    (own / "key_units.csv").write_text(HEAD + RULE.format("1000000"), "utf-8")
    shown = client.get("/keyunits/?candidates=yes").content.decode()
    assert "没有机构达到门槛" in shown
    assert "1e+06" not in shown


def test_an_end_that_is_on_record_stays_when_the_supervisor_changes(own_points: dict[str, int]) -> None:
    client, number = operator(), by_code(["X"])["X"]
    designate(Naming(number, date(2024, 1, 1), "文号", "区局"), actor="tests")
    client.post("/keyunits/", {"act": "end", "institution": "X", "day": "2027-01-01", "reason": "调出名单"})
    designate(Naming(number, date(2026, 6, 1), "文号", "市局"), actor="tests")
    held = unit_of(number, date(2026, 11, 22))
    assert held is not None
    assert (held.supervisor, held.valid_to) == ("市局", date(2027, 1, 1))
