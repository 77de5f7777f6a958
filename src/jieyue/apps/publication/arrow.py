"""From office rows to Arrow rows."""

import pyarrow as pa
from django.db.models import QuerySet


def to_arrow(rows: QuerySet, columns: dict[str, str], schema: pa.Schema) -> pa.Table | None:
    """The rows as one table of the schema; `columns`: lake column → office column. None if there are none.

    Raises pa.ArrowInvalid where an office value does not fit its lake column: nothing is cut silently.
    """
    names = [field.name for field in schema]
    found = list(rows.values_list(*(columns.get(name, name) for name in names)))
    if not found:
        return None
    values = list(zip(*found, strict=True))
    arrays = [pa.array(column, field.type) for field, column in zip(schema, values, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
