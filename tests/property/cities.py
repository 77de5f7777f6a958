"""Generated cities as plain rows, what they must add up to by plain sums, and the way into a home."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from tests.coefficients import KGCE

AREAS = ("500103", "500105", "500109", "500112")
DEPARTMENTS = ("D-EDU", "D-HEALTH")
TYPES = ("01", "021", "024", "03")
LINES = ("L-500103", "L-500103-EDU", "L-500104", "L-M-HEALTH", "L-CENTRAL")
OUTSIDE = "L-CENTRAL"  # units of central departments: registered, not counted
TREES = ("area", "department", "type", "line")

Cells = Mapping[str, Fraction]


@dataclass(frozen=True)
class Place:
    """An institution: where it hangs in each tree, and its returns by period."""

    code: str
    area: str
    department: str
    type: str
    line: str
    returns: Mapping[str, Cells]

    def at(self, tree: str) -> str:
        """The node's code in a tree."""
        return str(getattr(self, tree))

    @property
    def counts(self) -> bool:
        """Whether it is in this authority's count."""
        return self.line != OUTSIDE


quantities = st.integers(0, 10**11).map(lambda n: Fraction(n, 10**4))


def cells() -> st.SearchStrategy[Cells]:
    """Electricity, water, area and persons always; other carriers sometimes."""
    always = {
        "110": quantities,
        "120": quantities,
        "102": quantities,
        "103": st.integers(0, 10**5).map(Fraction),
    }
    return st.fixed_dictionaries(always, optional=dict.fromkeys(("130", "140", "150", "160"), quantities))


@st.composite
def cities(
    draw: st.DrawFn,
    *,
    periods: Sequence[str] = ("2024",),
    low: int = 6,
    high: int = 14,
    missing: bool = False,
) -> list[Place]:
    """A few institutions; with `missing` a return may not have come in."""
    count = draw(st.integers(low, high))
    found = []
    for number in range(count):
        returns = {
            period: draw(cells()) for period in periods if not (missing and draw(st.integers(0, 3)) == 0)
        }
        found.append(
            Place(
                code=f"P{number:03d}",
                area=draw(st.sampled_from(AREAS)),
                department=draw(st.sampled_from(DEPARTMENTS)),
                type=draw(st.sampled_from(TYPES)),
                line=draw(st.sampled_from(LINES)),
                returns=returns,
            )
        )
    return found


def text(value: Fraction) -> str:
    """A plain decimal; the generated values have four places."""
    whole, part = divmod(value.numerator * (10**4 // value.denominator), 10**4)
    return f"{whole}.{part:04d}"


HEADS = ("code", "name", "type", "region", "department", "reporting_parent", "valid_from")
LONG = ("institution", "period", "item", "value")
Row = tuple[str, ...]


def institution_rows(city: Iterable[Place]) -> list[Row]:
    """One row an institution."""
    return [(p.code, f"机构{p.code}", p.type, p.area, p.department, p.line, "2015-01-01") for p in city]


def return_rows(city: Iterable[Place]) -> list[Row]:
    """One row a cell."""
    return [
        (place.code, period, f"NY201:{item}", text(value))
        for place in city
        for period, said in place.returns.items()
        for item, value in said.items()
    ]


def table(heads: Row, rows: Iterable[Row]) -> bytes:
    """A csv file."""
    out = io.StringIO()
    csv.writer(out).writerows([heads, *rows])
    return out.getvalue().encode()


def bring_institutions(rows: Iterable[Row], heads: Row = HEADS) -> Any:
    """Import a file of institutions."""
    from jieyue.apps.registry.services.import_file import import_file

    return import_file(table(heads, rows), "institutions.csv", actor="tests").result


def bring_returns(rows: Iterable[Row], *, restate: str = "") -> Any:
    """Import and publish a file of returns."""
    from jieyue.apps.returns.services.import_file import import_file
    from jieyue.apps.returns.services.import_returns import ImportChoice

    choice = ImportChoice(publish=True, restate=restate)
    return import_file(table(LONG, rows), "returns.csv", actor="tests", choice=choice).result


def build(city: Sequence[Place]) -> None:
    """Both files, as they stand."""
    assert bring_institutions(institution_rows(city)).applied
    assert bring_returns(return_rows(city)).applied


def tce(said: Cells) -> Fraction:
    """Standard coal [t] of a return."""
    return sum((said[code] * KGCE[code] for code in said if code in KGCE), Fraction()) / 1000


#: Indicator → its value for one return.
SUMS: dict[str, Callable[[Cells], Fraction]] = {
    "energy_total_tce": tce,
    "water_total_m3": lambda said: said["120"],
    "floor_area_m2": lambda said: said["102"],
    "persons": lambda said: said["103"],
}


def plain_sums(
    members: Iterable[tuple[str, Cells]], parents: Mapping[str, str], indicator: str
) -> dict[str, Fraction]:
    """Scope → sum over all that hang at it or below, climbing the parents one by one."""
    found: dict[str, Fraction] = {}
    for scope, said in members:
        step = scope
        while step:
            found[step] = found.get(step, Fraction()) + SUMS[indicator](said)
            step = parents[step]
    return found


def printed(scopes: Sequence[str], period: str, **more: Any) -> dict[tuple[str, str], Fraction | None]:
    """(scope, indicator) → exact value."""
    from jieyue.apps.accounts.queries import figures

    rows = figures(scopes, period, indicators=list(SUMS), **more)
    return {(row.scope, row.indicator): row.exact for row in rows}


def parents_of(tree: str, period: str, **more: Any) -> dict[str, str]:
    """Scope → scope above it; the root has none."""
    from jieyue.apps.accounts.queries import scopes

    return {info.scope: info.parent_scope for info in scopes(period, tree, **more)}
