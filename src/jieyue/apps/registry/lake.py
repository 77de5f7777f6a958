"""Which rows of the registry a publication puts into the lake."""

import pyarrow as pa

from jieyue.apps.publication.arrow import to_arrow
from jieyue.apps.registry.models import InstitutionVersion
from jieyue.store.schema import dim_institution


def institution_rows(seq: int) -> pa.Table | None:
    """Rows of `dim_institution` that publication `seq` wrote."""
    rows = InstitutionVersion.objects.filter(seq=seq).order_by("id")
    return to_arrow(rows, {"row_id": "id", "institution": "institution_id"}, dim_institution())
