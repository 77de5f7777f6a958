"""Which monthly uses are ready to be published, and which published ones the readings have left behind."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db.models import Count

from jieyue.apps.metering.facts import Line as Key
from jieyue.apps.metering.facts import standing
from jieyue.apps.metering.institution_uses import institution_uses
from jieyue.apps.metering.lake import USE_MONTH, prepared_lake
from jieyue.apps.metering.months import begin_of, month_of, second_of, shifted
from jieyue.apps.metering.scope import Viewer
from jieyue.apps.metering.standing import COMPLETE, months_there
from jieyue.apps.publication.memory import LastFew
from jieyue.apps.publication.queries import last_number
from jieyue.apps.registry.scope import institutions_for, whole_for
from jieyue.domain.quantity import SCALE
from jieyue.domain.readings import Ints

#: Who publishes what the institutions of his part of the line report may publish what their meters say.
PUBLISH: Final = "publish"
#: A line is ready from this share of its hours on, in ten-thousandths.
LEAST: Final = int(COMPLETE * SCALE)
#: Months that the page looks back.
MONTHS: Final = 12
_FEW: Final = 5_000
STATES: Final = ("ready", "incomplete", "changed", "gone", "published")


@dataclass(frozen=True)
class Line:
    """What an institution used in a month, as a line of the sums (end use empty: the total of the carrier). use,
    complete, estimated: ten-thousandths, as the sums say now.

    state: of STATES; gone: it is published, and the readings say nothing of it any more, or say it of another.
    published: the use that is published, None where none is.
    """

    institution: int
    carrier: str
    end_use: str
    use: int
    complete: int
    estimated: int
    state: str
    published: int | None


@dataclass(frozen=True)
class MonthCount:
    """A finished month: lines with a use, of them complete ones, and lines that are published."""

    month: int
    lines: int
    complete: int
    published: int


def seen_by(viewer: Viewer) -> list[int] | None:
    """Institutions whose lines the person may see; None: all."""
    if viewer.whole:
        return None
    return list(institutions_for(viewer.user, read=viewer.read).values_list("pk", flat=True))


def published_by(viewer: Viewer) -> list[int] | None:
    """Institutions whose lines the person may publish; None: all."""
    if whole_for(viewer.user, PUBLISH):
        return None
    return list(institutions_for(viewer.user, verb=PUBLISH, read=viewer.read).values_list("pk", flat=True))


def finished_months() -> list[int]:
    """Those of `months_over` that the page offers."""
    return months_over()[:MONTHS]


def months_over() -> list[int]:
    """Months of which there are sums and that are over, the newest first."""
    now = month_of(second_of(settings.JIEYUE_HOME.today()))
    return [month for month in months_there() if month < now]


def counts_of(months: Sequence[int], institutions: Collection[int] | None) -> list[MonthCount]:
    """How many lines of each month are there, complete and published."""
    if not months:
        return []
    span = (begin_of(min(months)), begin_of(shifted(max(months), 1)))
    found = institution_uses("month", institutions, span)
    good = found.there & (_share(found.complete, found.parts) >= LEAST)
    published = _published(months, institutions)
    counts = []
    for month in months:
        mine = found.start == begin_of(month)
        lines, complete = int((found.there & mine).sum()), int((good & mine).sum())
        counts.append(MonthCount(month, lines, complete, published[month]))
    return counts


@dataclass(frozen=True)
class Shown:
    """What the page shows: the counts of the months, the lines of one of them."""

    counts: Sequence[MonthCount]
    lines: Sequence[Line]


def shown(months: Sequence[int], month: int | None, institutions: Collection[int] | None) -> Shown:
    """`counts_of` and `lines_of`, kept until the sums of the months are other ones or something is published: reading
    them takes a city's twelve months."""
    version = prepared_lake().snapshot([USE_MONTH]).tables[USE_MONTH].version
    state = (version, last_number())
    own = None if institutions is None else tuple(sorted(institutions))
    counts = _counts.get((state, tuple(months), own), lambda: counts_of(months, institutions))
    if month is None:
        return Shown(counts, [])
    lines = _lines.peek((state, month, own))
    if lines is None:
        lines = lines_of(month, institutions)
        if len(lines) <= _KEPT_LINES:
            _lines.keep((state, month, own), lines)
    return Shown(counts, lines)


#: By state, months and institutions.
_counts = LastFew[Sequence[MonthCount]](32)
_lines = LastFew[Sequence[Line]](8)
#: Lines of a month beyond which a process does not keep them: some 30 MB.
_KEPT_LINES: Final = 100_000


def _published(months: Sequence[int], institutions: Collection[int] | None) -> Counter[int]:
    """Month → lines of the institutions that are published, without those that are said to be gone."""
    rows = standing(*months).filter(gone=False).order_by()
    parts: list[Any] = [rows]
    if institutions is not None:
        own = sorted(institutions)
        parts = [rows.filter(institution__in=own[at : at + _FEW]) for at in range(0, len(own), _FEW)]
    found: Counter[int] = Counter()
    for part in parts:
        found.update(dict(part.values_list("month").annotate(Count("pk"))))
    return found


def lines_of(month: int, institutions: Collection[int] | None) -> list[Line]:
    """The lines of a month by institution, carrier and end use, with what is published of them."""
    found = institution_uses("month", institutions, (begin_of(month), begin_of(shifted(month, 1))))
    before = {
        (row.institution, row.carrier, row.end_use): None
        if row.gone
        else tuple(int(one * SCALE) for one in (row.use, row.completeness, row.estimated))
        for row in standing(month)
    }
    shares = (_share(part, found.parts).tolist() for part in (found.complete, found.estimated))
    now = zip(found.use.tolist(), *shares, strict=True)
    words = found.carrier.to_pylist(), found.end_use.to_pylist()
    keys = zip(found.institution.tolist(), *words, strict=True)
    known = {key: one for key, one, there in zip(keys, now, found.there.tolist(), strict=True) if there}
    own = None if institutions is None else set(institutions)
    gone = [
        key
        for key, one in before.items()
        if one is not None and key not in known and (own is None or key[0] in own)
    ]
    lines = [_line(key, one, key in before, before.get(key)) for key, one in known.items()]
    return lines + [_gone(key, before[key]) for key in gone]


def _line(key: Key, now: Sequence[int], was: bool, before: tuple[int, ...] | None) -> Line:
    use, complete, estimated = now
    published = before[0] if before else None
    if was:
        state = "published" if tuple(now) == before else "changed"
    else:
        state = "ready" if complete >= LEAST else "incomplete"
    return Line(*key, use, complete, estimated, state, published)


def _gone(key: Key, before: tuple[int, ...] | None) -> Line:
    use, complete, estimated = before or (0, 0, 0)
    return Line(*key, use, complete, estimated, "gone", use)


def _share(part: Ints, whole: Ints) -> Ints:
    return part * SCALE // np.maximum(whole, 1)
