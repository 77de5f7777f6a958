"""Returns on their way in: whole columns, so that a city's month is one object and not 16,685."""

from collections.abc import Sequence
from dataclasses import dataclass

from jieyue.apps.returns.cells import CellColumns
from jieyue.apps.returns.models import Return


@dataclass(frozen=True)
class ReturnsBatch:
    """Returns of one form; row i of `cells` is the whole content of the return named by column i of the keys.

    subject_kind: what the subjects are, institutions or (for declared totals) nodes.
    """

    form: str
    subjects: Sequence[int]
    periods: Sequence[str]
    cells: CellColumns
    instances: Sequence[str] | None = None
    subject_kind: str = Return.Subject.INSTITUTION

    def __post_init__(self) -> None:
        if not len(self.subjects) == len(self.periods) == len(self.cells):
            raise ValueError(
                f"{len(self.subjects)} subjects, {len(self.periods)} periods, {len(self.cells)} cells"
            )

    @property
    def keys(self) -> list[tuple[int, str, str]]:
        """(subject, period, instance) of each return."""
        instances = self.instances or [""] * len(self.subjects)
        return list(zip(self.subjects, self.periods, instances, strict=True))
