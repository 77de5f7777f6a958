"""Which rows of the trees a publication puts into the lake."""

import pyarrow as pa

from jieyue.apps.publication.arrow import to_arrow
from jieyue.apps.trees.models import Membership, NodeVersion
from jieyue.store.schema import dim_membership, dim_node


def node_rows(seq: int) -> pa.Table | None:
    """Rows of `dim_node` that publication `seq` wrote."""
    rows = NodeVersion.objects.filter(seq=seq).order_by("id")
    return to_arrow(rows, {"row_id": "id", "node": "node_id"}, dim_node())


def membership_rows(seq: int) -> pa.Table | None:
    """Rows of `dim_membership` that publication `seq` wrote."""
    return to_arrow(Membership.objects.filter(seq=seq).order_by("id"), {"row_id": "id"}, dim_membership())
