"""The sums a computation starts from: one column per item and group of institutions, one row per scope.

The lake gives them (`store/queries/figures_*.sql`); the letters name the group an amount is summed over:

| prefix | institutions |
|---|---|
| `e_` | complete in the period, every stated energy item complete |
| `w_` | complete, water stated |
| `a_` | as `e_`, floor area known |
| `p_` | as `e_`, persons known |
| `x_` | as `w_`, persons known |
| `f_` | complete, both vehicle fuels and both vehicle counts known |
| `q_`, `m_` | complete, quantity and cost of the carrier both known: quantity, money |
| `t_` | complete, that item known |
| `s_` | stock by its rule, institutions in being at the end of the period |
| `o<n>_` | as `e_`, the part whose origin is n |
| `k_` | count of institutions of `e_` that state the item |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jieyue.domain.exact import Exact, IntColumn

#: Groups of institutions with a completeness of their own.
GROUPS: Sequence[str] = ("e", "w", "a", "p", "x", "f")

#: Origins that evidence shares are given for.
ORIGINS: Mapping[str, int] = {"metered": 1, "billed": 2, "typed": 3, "estimated": 4, "declared": 5}


@dataclass(frozen=True)
class ByType:
    """What scopes are expected to use by the types of their institutions.

    types: the sums of `a_` over the institutions right at each node of the type tree, all of them. areas: floor area
    × days of the same group, a row for each scope, a column for each of `types`.
    """

    types: "Sums"
    areas: IntColumn


@dataclass(frozen=True)
class Sums:
    """Columns of sums over `scopes`; quantities in ten-thousandths, counts plain, all Python integers.

    by_type: for nodes; single institutions have none.
    """

    scopes: tuple[str, ...]
    columns: Mapping[str, IntColumn]
    by_type: ByType | None = None

    def __len__(self) -> int:
        return len(self.scopes)

    def take(self, rows: Sequence[int]) -> "Sums":
        """Some of the rows, in the order given.

        >>> Sums(("a", "b"), {"e_110": np.array([1, 2], dtype=object)}).take([1]).columns["e_110"].tolist()
        [2]
        """
        return Sums(
            tuple(self.scopes[place] for place in rows),
            {name: column[list(rows)] for name, column in self.columns.items()},
            None if self.by_type is None else ByType(self.by_type.types, self.by_type.areas[list(rows)]),
        )

    def count(self, name: str) -> IntColumn:
        """A count column; zeros if the query did not give it."""
        column = self.columns.get(name)
        return _zeros(len(self)) if column is None else column

    def amount(self, name: str) -> Exact:
        """A quantity column; zeros if the query did not give it."""
        return Exact.from_fixed(self.count(name))

    def amounts(self, prefix: str, codes: Sequence[str]) -> dict[str, Exact]:
        """Quantity columns of one group by item code; items the query did not give are absent."""
        return {
            code: Exact.from_fixed(self.columns[prefix + code])
            for code in codes
            if prefix + code in self.columns
        }


def add(parts: Sequence[Sums], scope: str) -> Sums:
    """One row that is the sum of all rows of all parts, named `scope`.

    >>> one = Sums(("a", "b"), {"e_110": np.array([1, 2], dtype=object)})
    >>> add([one], "city").columns["e_110"].tolist()
    [3]
    """
    names = dict.fromkeys(name for part in parts for name in part.columns)
    columns: dict[str, IntColumn] = {}
    for name in names:
        value = np.empty(1, dtype=object)
        value[0] = sum(int(part.count(name).sum()) for part in parts)
        columns[name] = value
    return Sums((scope,), columns)


def stack(parts: Sequence[Sums]) -> Sums:
    """All rows of all parts, one under the other; a column a part lacks is zero there.

    >>> stack([Sums(("a",), {"e_1": np.array([1], dtype=object)}), Sums(("b",), {})]).columns["e_1"].tolist()
    [1, 0]
    """
    names = dict.fromkeys(name for part in parts for name in part.columns)
    scopes = tuple(scope for part in parts for scope in part.scopes)
    columns = {
        name: np.concatenate([part.count(name) for part in parts]) if parts else _zeros(0) for name in names
    }
    return Sums(scopes, columns)


def _zeros(length: int) -> IntColumn:
    column = np.empty(length, dtype=object)
    column[:] = 0
    return column
