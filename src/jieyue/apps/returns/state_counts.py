"""How many returns stand in which state: told by the database as one list of institutions a state, not row by row."""

from collections.abc import Collection
from typing import Any, Final

import numpy as np
from django.db.models import Aggregate, TextField

from jieyue.apps.returns.models import Return

#: So many institutions are asked for by name; where they are more, reading all is quicker.
_FEW: Final = 2000


class _Listed(Aggregate):
    """The values of a column as one text, with commas between."""

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s::text, ',')"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """SQLite has the same by another name."""
        return self.as_sql(
            compiler, connection, function="GROUP_CONCAT", template="%(function)s(%(expressions)s)", **extra
        )


def state_counts(form: str, period: str, subjects: Collection[int]) -> dict[str, int]:
    """State → how many of the institutions have their return of a form and period in it; who has not begun is in none.

    subjects: each once. For forms that an institution files once a period.
    """
    rows = Return.objects.filter(form=form, period=period, subject_kind=Return.Subject.INSTITUTION)
    if len(subjects) <= _FEW:
        rows = rows.filter(subject__in=subjects)
    wanted = np.fromiter(subjects, dtype=np.int64, count=len(subjects))
    listed = rows.order_by().values_list("state").annotate(listed=_Listed("subject"))
    return {
        state: int(np.isin(np.fromstring(text, dtype=np.int64, sep=","), wanted).sum())
        for state, text in listed
    }
