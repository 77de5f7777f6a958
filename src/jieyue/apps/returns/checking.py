"""Which bodies of the line only check: they review, and the body above them approves."""

from dataclasses import dataclass
from datetime import date

from jieyue.apps.returns.models import CheckingBody
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree, node_by_id
from jieyue.domain.tree import OPEN_END


@dataclass(frozen=True)
class CheckingRow:
    """A body and the days on which it checks; `last` is None while no end is set."""

    code: str
    name_zh: str
    name_en: str
    first: date
    end: date | None

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        end = None if self.end is None else self.end.isoformat()
        return {**vars(self), "first": self.first.isoformat(), "end": end}


def checking_bodies(sequence: int) -> list[CheckingRow]:
    """Every body that checks or did, those that began last first."""
    line = tree_view(Tree.LINE, sequence)
    found = []
    for row in CheckingBody.objects.order_by("-valid_from", "pk"):
        node = line.nodes.get(row.node) or node_by_id(row.node, row.valid_from)
        if node is not None:
            end = None if row.valid_to == OPEN_END else row.valid_to
            found.append(CheckingRow(node.code, node.name_zh, node.name_en, row.valid_from, end))
    return found
