"""Entries by pages: the same on SQLite and on a server, with entries of one instant and filters by every field."""

from datetime import UTC, date, datetime, timedelta

import pytest

from jieyue.apps.audit.entries import Wanted, entry_page, newest_entries
from jieyue.apps.audit.models import ActionLog
from jieyue.apps.audit.services.sequence import sequence
from jieyue.config.home import Home

AT = datetime(2026, 11, 1, 15, tzinfo=UTC)  # 23:00 in China


@pytest.mark.postgres
def test_pages_meet_and_filters_hold(home: Home) -> None:
    for number in range(9):  # three instants an hour apart, three entries each
        ActionLog.objects.create(
            at=AT + timedelta(hours=number // 3), actor="甲" if number % 2 else "乙", verb="returns.start",
            object=f"return:{number % 4}", source="web",
        )  # fmt: skip
    sequence(everything=True)
    ids = list(ActionLog.objects.order_by("pk").values_list("pk", flat=True))
    newest = entry_page(Wanted(), 4)
    assert newest is not None
    assert [one.id for one in newest.entries] == ids[:4:-1]
    assert (newest.older, newest.newer) == (True, False)
    assert [one.seq for one in newest.entries] == [9, 8, 7, 6]
    second = entry_page(Wanted(), 4, below=newest.entries[-1].id)
    assert second is not None
    assert ([one.id for one in second.entries], second.older, second.newer) == (ids[4:0:-1], True, True)
    back = entry_page(Wanted(), 4, above=second.entries[0].id)
    assert back is not None
    assert (back.entries, back.older, back.newer) == (newest.entries, True, False)
    last = entry_page(Wanted(), 4, below=second.entries[-1].id)
    assert last is not None
    assert ([one.id for one in last.entries], last.older) == ([ids[0]], False)
    assert entry_page(Wanted(), 4, below=10**9) is None
    for wanted, numbers in (
        (Wanted(actor="甲"), [7, 5, 3, 1]),
        (Wanted(object="return:0"), [8, 4, 0]),
        (Wanted(verb="returns.start", first=date(2026, 11, 2)), [8, 7, 6, 5, 4, 3]),
        (Wanted(last=date(2026, 11, 1)), [2, 1, 0]),
        (Wanted(verb="returns.submit"), []),
    ):
        found, more = newest_entries(wanted, 6)
        assert ([ids.index(one.id) for one in found], more) == (numbers, False), wanted
