"""A file of meters whose batch somebody else has closed meanwhile is refused at the end, and no meter of it stays."""

from datetime import date

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.exchange.services.close_batch import close_batch
from jieyue.apps.exchange.services.stage_file import stage_file
from jieyue.apps.metering.models import MeterPeriod, Point, PointVersion
from jieyue.apps.metering.services.import_meters import import_meters
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.models import Publication
from jieyue.apps.registry.services.create import create

FILE = b"""meter,institution,carrier,unit,kind,step_min,valid_from
M1,S,electricity,kWh,register,60,2024-01-01
"""


@pytest.mark.postgres
def test_a_batch_that_was_closed_meanwhile_takes_its_meters_back(
    city_trees: dict[tuple[str, str], int],
) -> None:
    places = {"area": "500103", "type": "021", "line": "L-500103"}
    create({"code": "S", "name": "示例学校"}, places=places, valid_from=date(2020, 1, 1), actor="t")
    batch = stage_file(FILE, "m.csv", kind="meters", actor="t")
    closed = close_batch(
        Batch.objects.get(pk=batch.pk), ImportResult(1, 1, 0, 0, applied=True), actor="other"
    )
    stands = ActionLog.objects.count(), Publication.objects.count()
    with pytest.raises(RefusedError, match="stored already"):
        import_meters(FILE, "m.csv", actor="t", batch=batch)
    assert [table.objects.count() for table in (Point, PointVersion, MeterPeriod)] == [0, 0, 0]
    assert (ActionLog.objects.count(), Publication.objects.count()) == stands
    closed.refresh_from_db()
    assert closed.state == Batch.State.APPLIED
    assert import_meters(FILE, "m.csv", actor="t").result.accepted == 1
    assert Point.objects.count() == 1
