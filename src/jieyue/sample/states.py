"""October 2026 in work: who has submitted, who has begun, who has not, and the section chief's 380 returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jieyue.sample.chance import Ints, Stream
from jieyue.sample.model import APPROVED, DRAFT, MISSING, NOT_BEGUN, RETURNED, SUBMITTED, ReturnsFrame
from jieyue.sample.roster import Roster

IN_WORK = "2026-10"
SECTION_SUBMITTED, SECTION_DRAFT, SECTION_NOT_BEGUN = 351, 7, 22
SECTION_EXPLAINED = 26
# Shares of the states elsewhere, in ten-thousandths, cumulated.
_SHARES = ((600, NOT_BEGUN), (1_300, DRAFT), (1_600, RETURNED), (6_400, SUBMITTED), (10_000, APPROVED))
# Reasons an officer accepts for a movement of persons; the text stands with the case, not in a return.
REASONS = ("秋季扩招，新增班级", "机构职能划入，人员随迁", "新办公楼启用，人员增加", "设立分支服务点")
_LEFT_BLANK = ("111", "120", "121", "141", "151")


@dataclass(slots=True)
class SectionDesk:
    """The section chief's rows of the October frame, as positions."""

    submitted: Ints
    drafts: Ints
    not_begun: Ints
    explained: dict[int, str]


def set_states(roster: Roster, frame: ReturnsFrame, rows: Ints, *, seed: int) -> SectionDesk:
    """Give every return of October 2026 its state, in place; ``rows`` [n] are the roster rows of the frame."""
    stream = Stream(seed, "october")
    count = len(rows)
    drawn = stream.share(count)
    for bound, state in reversed(_SHARES):
        frame.states[drawn < bound] = state
    desk = _section(stream, roster, frame, rows)
    frame.states[rows == roster.school] = NOT_BEGUN
    blank = frame.states == NOT_BEGUN
    frame.values[blank] = 0
    frame.origins[blank] = MISSING
    drafts = frame.states == DRAFT
    for code in _LEFT_BLANK:
        place = frame.codes.index(code)
        frame.values[drafts, place] = 0
        frame.origins[drafts, place] = MISSING
    return desk


def _section(stream: Stream, roster: Roster, frame: ReturnsFrame, rows: Ints) -> SectionDesk:
    own = np.flatnonzero(roster.section[rows])
    own = own[stream.order(len(own))]
    whole = SECTION_SUBMITTED + SECTION_DRAFT + SECTION_NOT_BEGUN
    drafts, idle = len(own) * SECTION_DRAFT // whole, len(own) * SECTION_NOT_BEGUN // whole
    desk = SectionDesk(
        submitted=np.sort(own[drafts + idle :]),
        drafts=np.sort(own[:drafts]),
        not_begun=np.sort(own[drafts : drafts + idle]),
        explained={},
    )
    frame.states[desk.submitted] = SUBMITTED
    frame.states[desk.drafts] = DRAFT
    frame.states[desk.not_begun] = NOT_BEGUN
    if len(own) == whole:
        _explain(stream, frame, desk)
    return desk


def _explain(stream: Stream, frame: ReturnsFrame, desk: SectionDesk) -> None:
    """26 returns with persons up by 12 to 18 %, each with a sound reason: true numbers, not mistakes."""
    place = frame.codes.index("103")
    large = desk.submitted[frame.values[desk.submitted, place] >= 500_000]
    chosen = np.sort(large[stream.order(len(large))][:SECTION_EXPLAINED])
    growth = 112 + stream.below(7, len(chosen))
    whole = frame.values[chosen, place] // 10_000 * growth // 100 + 1
    frame.values[chosen, place] = whole * 10_000
    desk.explained = {int(row): REASONS[index % len(REASONS)] for index, row in enumerate(chosen)}
