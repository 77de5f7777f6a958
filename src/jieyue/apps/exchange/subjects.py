"""Which subject and which period each data row speaks of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from jieyue.apps.exchange import credit
from jieyue.apps.exchange.columns import Resolved, Table
from jieyue.apps.exchange.dates import Order, parse_date, parse_period, period_of_day
from jieyue.apps.exchange.match import Ambiguous, Directory, How, Subject, is_total, key, looks_like_ref
from jieyue.apps.exchange.numbers import Refusal, clean, half_width
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.exchange.reader import Cell, Odd, is_filled, text_of
from jieyue.apps.exchange.result import Question, Report
from jieyue.domain.errors import DomainError
from jieyue.domain.period import DEFAULT_SEASON, HeatingSeason, Period

_KEYS = ("credit_code", "code", "institution", "name")
_PERIOD_FIELDS = ("period", "period_end", "year", "quarter", "month")
_NAME_WAYS: tuple[How, ...] = ("name", "former_name", "alias")


@dataclass(slots=True)
class Subjects:
    """Matches rows to institutions and nodes; remembers each text, so that a city's file is quick."""

    directory: Directory
    profile: MappingProfile
    report: Report
    columns: dict[str, Resolved]
    _places: tuple[int, ...] = ()
    _texts: dict[tuple[Cell, ...], tuple[str, ...]] = field(default_factory=dict)
    _unique: dict[tuple[object, ...], Subject] = field(default_factory=dict)
    _seen: dict[tuple[str, ...], Subject | Refusal | Ambiguous | None] = field(default_factory=dict)
    _totals: dict[tuple[str, ...], bool] = field(default_factory=dict)
    _likely: dict[str, tuple[tuple[int, str, str, float], ...]] = field(default_factory=dict)
    _open: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, directory: Directory, profile: MappingProfile, report: Report) -> "Subjects":
        """The key columns of a table."""
        found = {column.field: column for column in table.columns if column.field in _KEYS}
        places = tuple(found[name].index if name in found else -1 for name in _KEYS)
        return cls(directory, profile, report, found, places)

    def texts(self, table: Table, row: int) -> tuple[str, ...]:
        """The row's credit code, code, institution and name; blank where there is no column."""
        cells = table.sheet.rows[row]
        raw = tuple([cells[place] if -1 < place < len(cells) else None for place in self._places])
        found = self._texts.get(raw)
        if found is None:
            found = self._texts[raw] = self._read(raw)
        return found

    def _read(self, raw: tuple[Cell, ...]) -> tuple[str, ...]:
        texts: list[str] = []
        for cell in raw:
            if isinstance(cell, float) and abs(cell) >= 10**15:
                texts.append(f"\0{text_of(cell)}")  # more digits than a spreadsheet keeps: not a code
            else:
                texts.append(clean(text_of(cell)) if is_filled(cell) else "")
        if not any(texts) and "institution" in self.profile.constants:
            texts[2] = self.profile.constants["institution"]
        return tuple(texts)

    def is_total_row(self, texts: Sequence[str]) -> bool:
        """A bare 合计 that no [[total]] of the profile gives a node: not a data row."""
        key_ = tuple(texts)
        if key_ not in self._totals:
            self._totals[key_] = self._is_total(texts)
        return self._totals[key_]

    def _is_total(self, texts: Sequence[str]) -> bool:
        shown = next((text for text in (texts[3], texts[2], texts[1]) if text), "")
        return bool(shown) and is_total(shown) and not self._total(shown)

    def _total(self, text: str) -> str:
        return next((total.node for total in self.profile.totals if key(total.text) == key(text)), "")

    def find(self, texts: tuple[str, ...], row: int) -> Subject | None:
        """The subject of a row, or None after a finding that rejects it. One object for one subject."""
        try:
            outcome = self._seen[texts]
        except KeyError:
            outcome = self._match(texts)
            if isinstance(outcome, Subject):
                self._note(outcome, texts, row)
                outcome = self._unique.setdefault((outcome.kind, outcome.id, outcome.ref), outcome)
            self._seen[texts] = outcome
        if isinstance(outcome, Subject):
            return outcome
        self._refuse(outcome, texts, row)
        return None

    def _shown(self, texts: Sequence[str]) -> str:
        return next((text for text in (texts[2], texts[3], texts[1], texts[0]) if text), "").lstrip("\0")

    def _label(self) -> str:
        names = ("institution", "name", "code", "credit_code")
        return next((self.columns[name].label for name in names if name in self.columns), "institution")

    def _note(self, subject: Subject, texts: Sequence[str], row: int) -> None:
        if subject.how in ("former_name", "alias", "answer"):
            shown = self._shown(texts)
            self.report.add(
                "matched_by_alias", row=row, column=self._label(), value=shown, institution=subject.label
            )
        if texts[1] and subject.how in _NAME_WAYS:  # the code that stands in the row led nowhere
            column = self.columns["code"].label
            self.report.add(
                "code_unknown_named", row=row, column=column, value=texts[1], institution=subject.label
            )

    def _refuse(self, outcome: Refusal | Ambiguous | None, texts: Sequence[str], row: int) -> None:
        shown, label = self._shown(texts), self._label()
        if isinstance(outcome, Refusal):
            code, _, expected = outcome.code.partition("=")
            more = {"expected": expected} if expected else {}
            self.report.reject(row, code, column=label, value=texts[3] if more else shown, **more)
        elif isinstance(outcome, Ambiguous):
            code = "node_ambiguous" if outcome.node else "institution_ambiguous"
            self.report.reject(row, code, column=label, value=shown, candidates="; ".join(outcome.candidates))
            self._open.setdefault(shown, []).append(row)
        elif looks_like_ref(shown):
            self.report.reject(row, "node_unknown", column=label, value=shown)
        else:
            if shown not in self._likely:
                self._likely[shown] = self.directory.candidates(shown)
            likely = [list(one) for one in self._likely[shown]]
            self.report.reject(row, "unknown_institution", column=label, value=shown, candidates=likely)
            self._open.setdefault(shown, []).append(row)

    def _match(self, texts: tuple[str, ...]) -> Subject | Refusal | Ambiguous | None:
        credit_code, code, institution, name = texts
        if not any(texts):
            return Refusal("missing_required")
        if any(text.startswith("\0") for text in texts):
            return Refusal("digits_lost")
        for text in (institution, name):
            node = self._total(text) if text else ""
            if node:
                return self.directory.find_node(node)
        mapped = {key(word): code for word, code in self.profile.institutions.items()}
        found: Subject | Ambiguous | None = None
        tries: list[tuple[str, tuple[How, ...] | None]] = [
            (credit.normal(credit_code), ("credit_code",)),
            (f"{self.profile.id_prefix}{half_width(code)}" if code else "", ("code",)),
            (mapped.get(key(institution), institution), None),
            (mapped.get(key(name), name), _NAME_WAYS),
        ]
        if institution and self.profile.id_prefix:
            tries.insert(2, (f"{self.profile.id_prefix}{half_width(institution)}", ("code",)))
        for text, ways in tries:
            found = self.directory.find(text, ways) if text else None
            if found is not None:
                break
        if found is None and name:
            found = self.directory.find(mapped.get(key(name), name))
        if isinstance(found, Subject) and found.how in ("credit_code", "code") and name:
            known = {*self.directory.names_of(found.id or 0), *mapped}
            return found if key(name) in known else Refusal(f"name_disagrees={found.name}")
        return found

    def ask(self) -> None:
        """Put every text that matched nothing to the user once, with the likely institutions."""
        for text, rows in self._open.items():
            self.report.questions.append(Question(text, tuple(rows), self.directory.candidates(text)))


@dataclass(slots=True)
class Periods:
    """The period of each row: from a period column, from year with month or quarter, or one for the file."""

    columns: Mapping[str, Resolved]
    constant: str
    report: Report
    season: HeatingSeason = DEFAULT_SEASON
    today: date | None = None
    order: Order = ""
    date_1904: bool = False
    _seen: dict[tuple[object, ...], Period | str] = field(default_factory=dict)
    _unique: dict[Period, Period] = field(default_factory=dict)
    _places: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self._places = tuple(self.columns[name].index for name in _PERIOD_FIELDS if name in self.columns)

    def find(self, table: Table, row: int, number: int) -> Period | None:
        """The row's period, or None after a finding that rejects it."""
        cells = table.sheet.rows[row]
        raw = tuple([cells[place] if place < len(cells) else None for place in self._places])
        outcome = self._seen.get(raw)
        if outcome is None:
            outcome = self._read(raw)
            if isinstance(outcome, Period):
                outcome = self._unique.setdefault(outcome, outcome)
            self._seen[raw] = outcome
        if isinstance(outcome, Period):
            return outcome
        column = next((self.columns[name] for name in _PERIOD_FIELDS if name in self.columns), None)
        shown = " ".join(text_of(cell) for cell in raw) or self.constant
        self.report.reject(number, outcome, column=column.label if column else "period", value=shown)
        return None

    def _read(self, raw: tuple[Cell, ...]) -> Period | str:
        names = [name for name in _PERIOD_FIELDS if name in self.columns]
        cells = dict(zip(names, raw, strict=True))
        if not any(is_filled(cell) for cell in raw):
            cells = {"period": self.constant or None}
        if "period" in cells and (is_filled(cells["period"]) or len(cells) == 1):
            if not is_filled(cells["period"]):
                return "missing_required"
            text = self._of_cell(cells["period"])
        else:
            text = _from_parts(cells)
        if isinstance(text, Refusal):
            return text.code
        try:
            period = Period.parse(text, self.season)
        except DomainError:
            return "unknown_period"
        if is_filled(cells.get("period_end")) and not self._ends(period, cells["period_end"]):
            return "period_not_whole"
        return "period_in_future" if self.today and period.last_day > self.today else period

    def _of_cell(self, cell: Cell) -> str | Refusal:
        """The period that the cell names or, with a grain, that the day in it lies in."""
        text = parse_period(cell)
        spec = self.columns["period"].spec if "period" in self.columns else None
        if spec is None or not spec.grain:
            return text
        if isinstance(text, str) and _grain(text) == spec.grain and not isinstance(cell, Odd):
            return text
        day = parse_date(cell, date_1904=self.date_1904, order=self.order)
        if isinstance(day, Refusal):
            return Refusal("unknown_period")
        text = period_of_day(day, spec.grain)
        period = Period.parse(text, self.season)
        edge = {"start": period.start, "end": period.last_day}.get(spec.edge, day)
        return text if day == edge else Refusal("period_not_whole")

    def _ends(self, period: Period, cell: Cell) -> bool:
        """Whether a second date is the period's last day, or the day after it as bills count."""
        day = parse_date(cell, date_1904=self.date_1904, order=self.order)
        return isinstance(day, date) and day in (period.last_day, period.last_day + timedelta(days=1))


def _grain(text: str) -> str:
    """Of which kind the canonical text of a period is."""
    if len(text) == 4:
        return "year"
    return "quarter" if "Q" in text else "" if "HS" in text else "month"


def _from_parts(cells: Mapping[str, Cell]) -> str | Refusal:
    """A year with a month or a quarter beside it. Month 00 or 0 means the yearly return."""
    year = parse_period(cells.get("year"))
    if isinstance(year, Refusal) or len(year) != 4:
        return Refusal("unknown_period")
    for name in ("month", "quarter"):
        cell = cells.get(name)
        if not is_filled(cell):
            continue
        part = half_width(text_of(cell)).translate(str.maketrans("一二三四", "1234"))
        for word in ("第", "月", "份", "季度", "季", "Q", "q"):
            part = part.replace(word, "")
        if not (part.isascii() and part.isdigit()):
            return Refusal("unknown_period")
        if int(part):
            return f"{year}-{int(part):02d}" if name == "month" else f"{year}-Q{int(part)}"
    return year
