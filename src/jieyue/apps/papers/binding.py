"""What a paper's numbers are bound to: the check that none is loose, and the annex that lists them all."""

from dataclasses import dataclass

from jieyue.apps.papers.content import Blank, Kind, Number, Paper, Place, Status, TableBlock, placed
from jieyue.domain.errors import DomainError


class LooseNumberError(DomainError):
    """A paper with a number that does not say where it comes from, or a table that does not fit its columns."""


@dataclass(frozen=True, slots=True)
class AnnexRow:
    """One number of a paper: its number in the annex, where it stands, and what it is."""

    no: int
    place: Place
    number: Number


def annex_of(paper: Paper) -> tuple[AnnexRow, ...]:
    """Every number of a paper, numbered from 1 in reading order."""
    numbers = ((place, part) for place, part in placed(paper) if isinstance(part, Number))
    return tuple(AnnexRow(no, place, number) for no, (place, number) in enumerate(numbers, 1))


def blanks_of(paper: Paper) -> tuple[tuple[Place, Blank], ...]:
    """What a person still has to write."""
    return tuple((place, part) for place, part in placed(paper) if isinstance(part, Blank))


def provisional_of(paper: Paper) -> tuple[AnnexRow, ...]:
    """The numbers that are not final."""
    return tuple(row for row in annex_of(paper) if row.number.status is Status.PROVISIONAL)


def checked(paper: Paper) -> Paper:
    """The paper itself, if every number says where it comes from. Raises LooseNumberError."""
    for table in _tables(paper):
        _fits(table)
    for row in annex_of(paper):
        number = row.number
        if not _is_bound(number):
            raise LooseNumberError(
                "loose_number",
                zh=f"{row.place.said}的“{number.said}”（{number.code}）没有出处；补上它的回执，规划的数补上条款",
                en=f"{number.said!r} ({number.code}) at {row.place.said} has no source; give its receipt, or the "
                "clause of a plan's number",
                data={"no": str(row.no), "code": number.code},
            )
    return paper


def _is_bound(number: Number) -> bool:
    if number.kind is Kind.PLAN:
        return bool(number.clause)
    return bool(number.receipt) or (bool(number.parts) and all(number.parts))


def _tables(paper: Paper) -> list[TableBlock]:
    all_blocks = (paper.blocks, *(annex.blocks for annex in paper.annexes))
    return [block for blocks in all_blocks for block in blocks if isinstance(block, TableBlock)]


def _fits(table: TableBlock) -> None:
    for number, row in enumerate(table.rows, 1):
        if len(row) != len(table.columns):
            raise LooseNumberError(
                "table_shape",
                zh=f"表{table.number} 第 {number} 行有 {len(row)} 格，应有 {len(table.columns)} 格",
                en=f"row {number} of table {table.number} has {len(row)} cells, its columns are {len(table.columns)}",
            )
