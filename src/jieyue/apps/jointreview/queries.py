"""Reads of the joint reviews: the worklist beside the returns of now, and the minutes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jieyue.apps.audit.services.record import digest
from jieyue.apps.jointreview.models import JointItem, JointReview
from jieyue.apps.jointreview.worklist import versions_of
from jieyue.apps.returns.models import Return
from jieyue.apps.review.queries import FindingRow
from jieyue.apps.review.words import Said
from jieyue.domain.workflow import persons

CONCLUSIONS = tuple(JointItem.Conclusion.values)


@dataclass(frozen=True)
class Now:
    """The return of an item as it is now: moved if it says something else than when the list was frozen; entered: who
    has a number in it, and therefore does not judge it."""

    state: str
    moved: bool
    entered: frozenset[str]


def items_of(review: JointReview) -> list[JointItem]:
    """The worklist in its order, without the findings, which only one item's page shows."""
    return list(review.items.defer("findings").order_by("place"))


def item_of(review: JointReview, number: int) -> JointItem | None:
    """One return of the worklist."""
    return review.items.filter(pk=number).first()


def next_of(review: JointReview, place: int) -> int | None:
    """The item that was not spoken of next after a place, else the first one; None if all were."""
    left = review.items.filter(conclusion=JointItem.Conclusion.NONE).order_by("place")
    following = left.filter(place__gt=place).values_list("pk", flat=True).first()
    return following or left.values_list("pk", flat=True).first()


def states_now(items: Sequence[JointItem]) -> dict[int, str]:
    """Number of a return → its state now."""
    rows = Return.objects.filter(pk__in=[item.parent for item in items])
    return dict(rows.values_list("pk", "state"))


def now_of(item: JointItem) -> Now:
    """The item's return as it is now."""
    row = Return.objects.get(pk=item.parent)
    version = versions_of([item.parent]).get(item.parent, "")
    return Now(row.state, version != item.version, persons(row.entered_by))


def findings_of(item: JointItem) -> list[FindingRow]:
    """What stood against the return when the list was frozen."""
    return [
        FindingRow(**{**one, "numbers": [Said(**said) for said in one["numbers"]]}) for one in item.findings
    ]


def counts_of(items: Sequence[JointItem]) -> dict[str, int]:
    """Conclusion → number of returns."""
    counts = Counter(item.conclusion for item in items)
    return {one: counts[one] for one in CONCLUSIONS}


def progress_of(rows: Sequence[JointReview]) -> Mapping[int, tuple[int, int]]:
    """Joint review → (returns on its list, spoken of)."""
    found = {row.pk: [0, 0] for row in rows}
    pairs = JointItem.objects.filter(review__in=found).values_list("review", "conclusion")
    for review, conclusion in pairs:
        found[review][0] += 1
        found[review][1] += conclusion != JointItem.Conclusion.NONE
    return {key: (listed, said) for key, (listed, said) in found.items()}


def every_review() -> list[JointReview]:
    """All of the authority, the newest first."""
    return list(JointReview.objects.order_by("-pk"))


def review_of(number: int) -> JointReview | None:
    """One joint review, None if there is none."""
    return JointReview.objects.filter(pk=number).first()


def minutes(row: JointReview) -> dict[str, Any]:
    """The minutes as they are closed: of columns that nothing changes afterwards, so that the digest can be worked out
    again at any time."""
    items = items_of(row)
    return {
        "id": row.pk, "name": row.name, "body": row.body, "form": row.form, "period": row.period,
        "day": row.day.isoformat(), "place": row.place, "attending": row.attending, "kinds": row.kinds,
        "bodies": row.bodies, "made_by": row.made_by, "remark": row.remark,
        "counts": counts_of(items),
        "items": [
            {
                "place": item.place, "institution": item.code, "name": item.name, "room": item.instance,
                "body": item.body, "version": item.version, "state": item.state, "errors": item.errors,
                "unexplained": item.unexplained, "explained": item.explained, "conclusion": item.conclusion,
                "note": item.note, "said_by": item.said_by,
                "said_at": item.said_at.isoformat() if item.said_at else None,
            }
            for item in items
        ],
    }  # fmt: skip


def as_dict(row: JointReview, body: str) -> dict[str, Any]:
    """A joint review as programs get it; sound: whether the minutes are those of the closing, None until then."""
    said = minutes(row)
    return said | {
        "body": body,
        "state": row.state,
        "closed_by": row.closed_by,
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "digest": row.digest,
        "sound": digest(said) == row.digest if row.digest else None,
    }
