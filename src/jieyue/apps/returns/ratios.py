"""What the numbers of one return must be to one another: the catalog's ratio checks, told by row.

The two numbers may come in two files: what is looked at is the return as it will stand, stored cells included.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.exchange.result import Report
from jieyue.apps.exchange.returns import ReturnBlock
from jieyue.catalog.loader import Catalog
from jieyue.catalog.model import RatioCheck
from jieyue.domain.quantity import SCALE
from jieyue.domain.rounding import display, exact_text

Cells = Mapping[str, tuple[int, int]]
_PLACES = 5


@dataclass(frozen=True)
class _Judge:
    """One check with the factors from each item's unit to that of the check."""

    check: RatioCheck
    above: Mapping[str, Fraction]
    below: Mapping[str, Fraction]

    @classmethod
    def of(cls, check: RatioCheck, catalog: Catalog) -> "_Judge":
        above, _, below = check.unit.partition("/")

        def factors(codes: Iterable[str], unit: str) -> dict[str, Fraction]:
            items = {code: catalog.item(f"{check.form}:{code}") for code in codes}
            return {
                code: catalog.convert(Fraction(1), item.unit, unit, item.carrier)
                for code, item in items.items()
            }

        return cls(check, factors(check.numerator, above), factors(check.denominator, below))

    def verdict(self, cells: Cells) -> tuple[str, Fraction | None] | None:
        """A finding code and the ratio (None: nothing to divide by); None where all is well or a number is
        missing.

        n ± r over d: impossible if n + r < low × d or n − r > high × d.
        """
        above, below = _sum(self.above, cells), _sum(self.below, cells)
        if above is None or below is None:
            return None
        check, slack = self.check, self.check.rounding * len(self.above)
        ratio = above / below if below else None
        for slip, code in ((slack, "ratio_out_of_range"), (Fraction(0), "ratio_within_rounding")):
            if (check.low is not None and above + slip < check.low * below) or (
                check.high is not None and above - slip > check.high * below
            ):
                return code, ratio
        return None


def _sum(factors: Mapping[str, Fraction], cells: Cells) -> Fraction | None:
    """The items' sum in the unit of the check, None if one is missing."""
    if any(code not in cells for code in factors):
        return None
    return sum((Fraction(cells[code][0], SCALE) * factor for code, factor in factors.items()), Fraction(0))


def tell_ratios(block: ReturnBlock, after: Sequence[Cells], report: Report, catalog: Catalog) -> None:
    """A finding for each return of the block whose numbers cannot be so; `after` = its cells as they will stand."""
    judges = [_Judge.of(check, catalog) for check in catalog.ratio_checks(block.form)]
    for place, cells in enumerate(after) if judges else ():
        for judge in judges:
            found = judge.verdict(cells)
            if found is not None:
                _tell(block, place, judge, found, report)


def _tell(
    block: ReturnBlock, place: int, judge: _Judge, found: tuple[str, Fraction | None], report: Report
) -> None:
    check, (code, ratio) = judge.check, found
    # The cell of this file that has a part in it; the other number may be stored from another file.
    columns = [block.codes.index(item) for item in (*judge.above, *judge.below) if item in block.codes]
    column = next((one for one in columns if block.origins[place, one]), None)
    if column is None:
        return  # this file has no part in it, and the file that had was told
    report.add(
        code,
        row=int(block.cell_rows[place, column]),
        column=block.labels[column],
        value="—" if ratio is None else display(ratio, _PLACES),
        institution=block.subjects[place].label,
        period=block.periods[place],
        name_zh=check.name_zh,
        name_en=check.name_en,
        unit=check.unit,
        low="0" if check.low is None else exact_text(check.low),
        high="∞" if check.high is None else exact_text(check.high),
        rounding=exact_text(check.rounding),
        check=check.code,
    )
