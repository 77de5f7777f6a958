"""News from the registry to the apps on its right, told inside the transaction of the change.

A receiver writes its own rows in the same transaction, or raises and so undoes the whole. Each signal carries
`seq` (the publication), `actor` and what is named here.
"""

from typing import Final

from django.dispatch import Signal

#: institutions: tuple of ids that began.
institutions_created: Final = Signal()
#: institutions: tuple of ids; day: first day of the change.
institutions_changed: Final = Signal()
#: into: id that goes on; merged: tuple of ids that end; day: first day after the merger; duties: FilingDuty rows.
institution_merged: Final = Signal()
#: origin: id that ends or goes on; parts: tuple of ids that begin; heir: the part that takes over from an origin
#: that ends, None where it goes on; day; duties.
institution_split: Final = Signal()
#: institution: id; tree: which membership moved; node: the new node; day; duties.
institution_transferred: Final = Signal()
#: institution: id; filer: id of who files its last months, None = its own users; day: first day on which it is no
#: more; duties.
institution_closed: Final = Signal()
#: institution: id; unit: id of the institution whose return speaks for it, None = its own; day; duties.
institution_unit_changed: Final = Signal()
#: From the returns to the apps on their left: open returns changed their institution. moved: tuple of (form, period);
#: origin, heir: ids.
returns_carried: Final = Signal()

#: From the publication: the home's catalog is about to be another one. catalog: that one; a receiver that raises
#: CatalogError keeps it out.
catalog_changes: Final = Signal()
