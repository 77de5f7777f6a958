"""Who files which months: the table on an institution's register page."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from jieyue.apps.registry.duties import Duty
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import NodeInfo, Tree, every_node
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import local


def duty_table(duties: Sequence[Duty], names: Mapping[int, str], sequence: int) -> Table | None:
    """The months of an institution's broken years, and those it files for others; None where no year was broken.

    names: the names of institutions as the person may see them.
    """
    if not duties:
        return None
    bodies = _bodies({duty.collector for duty in duties if duty.collector is not None}, sequence)
    columns = [
        Column("months", _("Months"), sortable=False),
        Column("institution", _("Months of"), sortable=False),
        Column("filer", _("Filed by"), sortable=False),
        Column("collector", _("Collected by"), sortable=False),
    ]
    rows = [
        Row(
            (
                Cell(_months(duty), _months(duty), heading=True),
                Cell(names[duty.institution]),
                Cell(names[duty.filer]),
                Cell(_body(bodies, duty.collector)),
            )
        )
        for duty in reversed(duties)
    ]
    return Table(_("Who files which months"), columns, rows, name="duties")


def sides(duties: Sequence[Duty]) -> list[int]:
    """The institutions that the duties speak of."""
    return sorted({side for duty in duties for side in (duty.institution, duty.filer)})


def _bodies(wanted: set[int], sequence: int) -> Mapping[int, NodeInfo]:
    """The nodes of the line that are asked for; those that are no more are read only if one is."""
    known: Mapping[int, NodeInfo] = tree_view(Tree.LINE, sequence).nodes
    return known if wanted <= known.keys() else {node.id: node for node in every_node(Tree.LINE)}


def _body(bodies: Mapping[int, NodeInfo], collector: int | None) -> str:
    if collector is None:
        return _("the body of each month's last day")
    return local(bodies[collector])


def _months(duty: Duty) -> str:
    first, last = f"{duty.year}-{duty.first_month:02}", f"{duty.year}-{duty.last_month:02}"
    return first if first == last else f"{first} … {last}"
