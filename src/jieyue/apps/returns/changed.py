"""Which cells of a return differ between two states of it: what a reopening, or a new submission, has changed."""

from jieyue.apps.returns.cells import parse
from jieyue.apps.returns.models import Return, ReturnVersion


def changed_cells(old: str, new: str) -> list[str]:
    """Codes of the cells that stand otherwise, are new or are gone; both are stored texts of cells."""
    before, now = parse(old), parse(new)
    return sorted(code for code in before.keys() | now.keys() if before.get(code) != now.get(code))


def since_published(row: Return) -> list[str] | None:
    """Codes of the cells that differ from the version in force; None where none was published yet."""
    if row.current is None:
        return None
    held = ReturnVersion.objects.values_list("cells", flat=True).get(pk=row.current)
    return changed_cells(held, row.draft or held)
