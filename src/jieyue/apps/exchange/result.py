"""What an import says about a file: counts that always add up, findings, questions.

``read = accepted + duplicate + rejected``: every row is in exactly one state, so the identity holds by
construction; `ImportResult` refuses to exist otherwise.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from jieyue.catalog.findings import Finding, Severity, make

ACCEPTED, DUPLICATE, REJECTED = 0, 1, 2
#: Findings of one code and column that are listed one by one; the rest are counted in one note.
LISTED = 2_000


@dataclass(frozen=True, slots=True)
class Question:
    """A text that matched no institution: its rows and the likely ones, as (id, code, name, likeness)."""

    text: str
    rows: tuple[int, ...]
    candidates: tuple[tuple[int, str, str, float], ...]

    def as_dict(self) -> dict[str, object]:
        """The JSON object."""
        names = ("id", "code", "name", "likeness")
        return {
            "text": self.text,
            "rows": list(self.rows),
            "candidates": [dict(zip(names, candidate, strict=True)) for candidate in self.candidates],
        }


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The outcome of one file. `applied`: stored or not. Raises ValueError if the counts do not add up."""

    read: int
    accepted: int
    duplicate: int
    rejected: int
    applied: bool
    findings: tuple[Finding, ...] = ()
    questions: tuple[Question, ...] = ()

    def __post_init__(self) -> None:
        """Keep the identity."""
        if self.read != self.accepted + self.duplicate + self.rejected or self.read < 0:
            raise ValueError(f"read {self.read} ≠ {self.accepted} + {self.duplicate} + {self.rejected}")

    @property
    def has_errors(self) -> bool:
        """True if any finding is an error."""
        return any(finding.severity == "error" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The document of ``import --json``."""
        document: dict[str, Any] = {
            "read": self.read,
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "rejected": self.rejected,
            "applied": self.applied,
            "findings": [finding.as_dict() for finding in self.findings],
        }
        if self.questions:
            document["questions"] = [question.as_dict() for question in self.questions]
        return document


@dataclass(slots=True)
class Report:
    """Collects findings and the state of every data row while a file is read and, later, stored.

    `rows` are the numbers of the data rows as a spreadsheet shows them; states are set by row number.
    A row that was rejected stays rejected. `stopped` means that the file as a whole cannot be used. `letters`:
    label of a column → its letter, so that a finding can be marked where it stands.
    """

    sheet: str | None = None
    rows: Sequence[int] = ()
    stopped: bool = False
    findings: list[Finding] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    letters: Mapping[str, str] = field(default_factory=dict)
    _states: dict[int, int] = field(default_factory=dict)
    _counts: Counter[tuple[str, str | None]] = field(default_factory=Counter)

    def add(
        self,
        code: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | int | None = None,
        severity: Severity | None = None,
        **data: object,
    ) -> None:
        """Keep one finding of this sheet; beyond `LISTED` of one kind in one column only the count grows."""
        self._counts[(code, column)] += 1
        if column is not None and row is not None and column in self.letters:
            data.setdefault("letter", self.letters[column])
        if self._counts[(code, column)] <= LISTED:
            finding = make(code, sheet=self.sheet, row=row, column=column, value=value, **data)
            self.findings.append(finding if severity is None else replace(finding, severity=severity))

    def reject(self, row: int, code: str, **finding: Any) -> None:
        """Reject a row and say why."""
        self._states[row] = REJECTED
        self.add(code, row=row, **finding)

    def reject_quietly(self, row: int) -> None:
        """Reject a row whose reason is already told (by the finding on another row of the same cause)."""
        self._states[row] = REJECTED

    def duplicate(self, row: int, code: str, **finding: Any) -> None:
        """Count a row as a duplicate, with a note; a rejected row stays rejected."""
        if self._states.get(row) != REJECTED:
            self._states[row] = DUPLICATE
            self.add(code, row=row, severity="note", **finding)

    def stop(self, code: str, **finding: Any) -> None:
        """The file as a whole cannot be used: every row is rejected for this one reason."""
        self.stopped = True
        self.add(code, **finding)

    def state(self, row: int) -> int:
        """ACCEPTED, DUPLICATE or REJECTED."""
        return REJECTED if self.stopped else self._states.get(row, ACCEPTED)

    def accepted_rows(self) -> Iterator[int]:
        """Row numbers that may be stored."""
        return (row for row in self.rows if self.state(row) == ACCEPTED)

    @property
    def has_errors(self) -> bool:
        """True if any finding is an error."""
        return any(finding.severity == "error" for finding in self.findings)

    def may_apply(self, *, valid_rows_only: bool = False) -> bool:
        """All or nothing by default; with `valid_rows_only` the good rows may go in without the others."""
        if self.stopped:
            return False
        return valid_rows_only or not self.has_errors

    def result(self, *, applied: bool = False) -> ImportResult:
        """The counts and findings as they stand now."""
        counts = Counter(self.state(row) for row in self.rows)
        more = [
            make("more_of_the_same", sheet=self.sheet, column=column, count=count - LISTED, same=code)
            for (code, column), count in self._counts.items()
            if count > LISTED
        ]
        return ImportResult(
            len(self.rows),
            counts[ACCEPTED],
            counts[DUPLICATE],
            counts[REJECTED],
            applied,
            (*self.findings, *more),
            tuple(self.questions),
        )


def stopped(findings: Iterable[Finding]) -> Report:
    """The report of a file that did not pass the gate or the reader: nothing read."""
    return Report(stopped=True, findings=list(findings))


Outcome = Literal["accepted", "duplicate", "rejected"]


def by_code(findings: Iterable[Finding]) -> Mapping[str, int]:
    """How many findings there are of each code, for summaries."""
    return Counter(finding.code for finding in findings)
