"""Tables of the joint reviews: the list of them, a worklist, the conclusions of the minutes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from jieyue.domain.workflow import State
from jieyue.web.entry_words import state_name
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import day, local, period_name


def conclusion_words(conclusion: str) -> str:
    """What the meeting said, in words."""
    return {
        "none": _("not spoken of"),
        "keep": pgettext("a joint review", "keep"),
        "back": pgettext("a joint review", "send back"),
        "check": _("follow up"),
    }[conclusion]


def state_of(state: str) -> str:
    """State of a joint review in words."""
    return _("under way") if state == "open" else pgettext("a spot check", "closed")


def reviews_table(
    rows: Sequence[Any], nodes: Mapping[int, Any], progress: Mapping[int, tuple[int, int]]
) -> Table:
    """One row a meeting."""
    return Table(
        caption=_("Joint reviews"),
        columns=[
            Column("name", _("Joint review")),
            Column("body", _("Collecting body")),
            Column("period", _("Period")),
            Column("day", _("Day of the meeting")),
            Column("listed", _("On the list"), number=True),
            Column("said", _("Spoken of"), number=True),
            Column("state", _("State")),
        ],
        rows=[_review(row, nodes, progress[row.pk]) for row in rows],
        name="joint-reviews",
        empty=_("No joint review was called yet."),
    )


def _review(row: Any, nodes: Mapping[int, Any], progress: tuple[int, int]) -> Row:
    body = local(nodes[row.body]) if row.body in nodes else ""
    return Row(
        (
            Cell(row.name, row.name, href=reverse("joint-review", args=[row.pk]), heading=True),
            Cell(body, body),
            Cell(f"{row.form} {period_name(row.period)}", row.period),
            Cell(day(row.day), row.day.isoformat()),
            *(Cell(f"{count:,}", count, number=True) for count in progress),
            Cell(state_of(row.state), row.state),
        )
    )


def worklist_table(
    review: Any,
    items: Sequence[Any],
    nodes: Mapping[int, Any],
    states: Mapping[int, str],
    names: Mapping[str, str],
) -> Table:
    """One row a return, in the order of the list."""
    codes = _codes(nodes)
    return Table(
        caption=_("Returns on the list"),
        columns=[
            Column("place", _("No."), number=True),
            Column("name", _("Institution")),
            Column("code", _("Code")),
            Column("body", _("Collecting body")),
            Column("findings", _("Found then")),
            Column("now", _("State now")),
            Column("said", _("Conclusion")),
            Column("note", pgettext("of a meeting", "Note"), sortable=False),
            Column("by", _("Said by"), sortable=False),
        ],
        rows=[
            Row((*_named(review, item, codes), _now(states.get(item.parent, item.state)), *_said(item, names)))
            for item in items
        ],
        name=f"joint-{review.pk}",
        empty=_("No return here."),
    )  # fmt: skip


def minutes_table(
    review: Any,
    items: Sequence[Any],
    nodes: Mapping[int, Any],
    names: Mapping[str, str],
    notes: Sequence[str],
) -> Table:
    """The conclusions, all on one page as they are printed."""
    codes = _codes(nodes)
    return Table(
        caption=review.name,
        columns=[
            Column("place", _("No."), number=True, sortable=False),
            Column("name", _("Institution"), sortable=False),
            Column("code", _("Code"), sortable=False),
            Column("body", _("Collecting body"), sortable=False),
            Column("findings", _("Found then"), sortable=False),
            Column("said", _("Conclusion"), sortable=False),
            Column("note", pgettext("of a meeting", "Note"), sortable=False),
            Column("by", _("Said by"), sortable=False),
        ],
        rows=[Row((*_named(review, item, codes), *_said(item, names))) for item in items],
        name=f"joint-minutes-{review.pk}",
        page_size=max(1, len(items)),
        notes=notes,
    )


def _codes(nodes: Mapping[int, Any]) -> dict[str, str]:
    return {node.code: local(node) for node in nodes.values()}


def _named(review: Any, item: Any, codes: Mapping[str, str]) -> tuple[Cell, ...]:
    name = item.name
    if item.instance:
        name = _("%(name)s, room %(room)s") % {"name": name, "room": item.instance}
    body = codes.get(item.body, item.body)
    return (
        Cell(str(item.place), item.place, number=True),
        Cell(name, name, href=reverse("joint-item", args=[review.pk, item.pk]), heading=True),
        Cell(item.code, item.code),
        Cell(body, body),
        Cell(marks(item), -item.place),
    )


def marks(item: Any) -> str:
    """How many of each: ▲ errors, ◆ to be explained, ◇ explained."""
    pairs = (("▲", item.errors), ("◆", item.unexplained), ("◇", item.explained))
    return " ".join(f"{mark}{count}" for mark, count in pairs if count)


def _now(state: str) -> Cell:
    return Cell(state_name(State(state)), state)


def _said(item: Any, names: Mapping[str, str]) -> tuple[Cell, ...]:
    if not item.said_by:
        return (
            Cell(conclusion_words(item.conclusion), "none", tag_class="soft"),
            Cell("", None),
            Cell("", None),
        )
    at = localtime(item.said_at).strftime("%m-%d %H:%M")
    return (
        Cell(conclusion_words(item.conclusion), item.conclusion),
        Cell(item.note, item.note or None),
        Cell(f"{names.get(item.said_by, item.said_by)} {at}", item.said_at.isoformat()),
    )
