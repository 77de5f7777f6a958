"""Institution files 名录: rows to typed rows and findings. Nothing is stored here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from fractions import Fraction
from typing import Any

from jieyue.apps.exchange import columns as tables
from jieyue.apps.exchange import credit
from jieyue.apps.exchange.columns import Resolved, Table
from jieyue.apps.exchange.dates import parse_date
from jieyue.apps.exchange.fields import INSTITUTIONS, QUANTITIES, REQUIRED, words_of
from jieyue.apps.exchange.header import Recognise
from jieyue.apps.exchange.lexicon import Lexicon
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.numbers import Refusal, clean, half_width, number_of, stored
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.exchange.reader import Cell, FileContent, Odd, is_filled, text_of
from jieyue.apps.exchange.result import Report, stopped
from jieyue.domain import rooms
from jieyue.domain.receipt import fits_an_address

_LONGEST_NAME, _LONGEST_TEXT = 200, 400
OPEN_END = date(9999, 12, 31)
_OFFICE = {"独立": "independent", "独立办公": "independent", "independent": "independent", "stand-alone": "independent",
           "集中": "shared", "集中办公": "shared", "shared": "shared"}  # fmt: skip
_COORDINATES = {"wgs84": "WGS84", "wgs-84": "WGS84", "cgcs2000": "CGCS2000", "2000": "CGCS2000", "gcj02": "GCJ02",
                "gcj-02": "GCJ02", "火星坐标": "GCJ02", "bd09": "BD09", "bd-09": "BD09"}  # fmt: skip
_HEATING = {"是": "yes", "有": "yes", "采暖": "yes", "yes": "yes", "y": "yes", "1": "yes",
            "否": "no", "无": "no", "不采暖": "no", "no": "no", "n": "no", "0": "no"}  # fmt: skip
_SENSITIVE = {"是": "yes", "敏感": "yes", "yes": "yes", "y": "yes", "1": "yes",
              "否": "no", "不敏感": "no", "no": "no", "n": "no", "0": "no"}  # fmt: skip
WORDS = {"office_mode": _OFFICE, "coord_sys": _COORDINATES, "heating": _HEATING, "sensitive": _SENSITIVE}
#: The word of a profile that stands for every word it does not list.
_ALL_OTHERS = "*"
_TEXTS = ("name", "level", "department", "reporting_parent", "reporting_unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionRow:
    """One institution as a file states it. Quantities are ten-thousandths (m², persons, beds, vehicles).

    `row` is its number in the file; `given` the fields with a filled cell or a constant: only those are
    spoken of, every other attribute stays as it is; `cleared` the fields with the token 清空 or CLEAR.
    """

    row: int
    code: str
    name: str
    type: str
    region: str
    valid_from: date
    valid_to: date = OPEN_END
    level: str = ""
    department: str = ""
    reporting_parent: str = ""
    reporting_unit: str = ""
    credit_code: str = ""
    floor_area_m2: int | None = None
    energy_users: int | None = None
    students: int | None = None
    boarders: int | None = None
    beds: int | None = None
    vehicles: int | None = None
    nev_vehicles: int | None = None
    office_mode: str = ""
    rooms: str = ""
    heating: str = ""
    sensitive: str = ""
    lon: str = ""
    lat: str = ""
    coord_sys: str = ""
    aliases: tuple[str, ...] = ()
    given: frozenset[str] = frozenset()
    cleared: frozenset[str] = frozenset()

    def values(self) -> dict[str, Any]:
        """What the file says: the given fields and their values, without the place."""
        return {name: getattr(self, name) for name in sorted(self.given)}

    def contradicts_from(self, day: date) -> bool:
        """Whether another value stored from `day` on contradicts the row: its own first day, or its stated days."""
        if "valid_to" in self.given:
            return self.valid_from <= day < self.valid_to
        return day == self.valid_from


@dataclass(slots=True)
class ParsedInstitutions:
    """Accepted rows in the order of the file, and the report that counts all of them."""

    report: Report
    parsed: list[InstitutionRow] = field(default_factory=list)

    @property
    def rows(self) -> list[InstitutionRow]:
        """The rows that may be stored, as the report stands now."""
        return [row for row in self.parsed if self.report.state(row.row) == 0]


def read_institutions(
    content: FileContent, lexicon: Lexicon, *, profile: MappingProfile | None = None
) -> ParsedInstitutions:
    """Typed rows of an institution file. Duplicates within the file are counted, contradictions rejected."""
    profile = profile or MappingProfile()
    if content.findings:
        return ParsedInstitutions(stopped(content.findings))
    report = Report()
    table = _table(content, lexicon, profile, report)
    if table is None:
        return ParsedInstitutions(report)
    reader = _RowReader(table, lexicon, profile, content.date_1904, report)
    found = [row for index in table.data if (row := reader.read(index)) is not None]
    reader.tell()
    _compare(found, report)
    return ParsedInstitutions(report, found)


def recogniser(profile: MappingProfile) -> Recognise:
    """What a heading of a table of institutions may mean."""
    words = words_of(INSTITUTIONS)
    return tables.recogniser(profile, lambda text: (words[key(text)],) if key(text) in words else ())


def _table(content: FileContent, lexicon: Lexicon, profile: MappingProfile, report: Report) -> Table | None:
    chosen = tables.choose(content, profile, recogniser(profile), lexicon, report)
    if chosen is None:
        return None
    sheet, header = chosen
    data = tables.data_rows(sheet, header, profile, report)
    tables.notes_above(sheet, header, profile, report)
    found = tables.resolve(sheet, header, profile, report, pick=lambda targets: targets)
    report.letters = {name: column.letter for column in found for name in (column.field, column.label)}
    for column in found:
        if column.field not in INSTITUTIONS:
            report.stop("profile_invalid", reason=f"{column.label}: {column.field}")
            return None
    for name in tables.missing(found, REQUIRED, profile.constants):
        report.stop("missing_column", column=INSTITUTIONS[name][0], field=name)
    if not data and not report.stopped:
        report.stop("empty_file")
    table = Table(sheet, header, found, data)
    if report.stopped:
        return None
    tables.fill_merged(table, ("region", "department", "reporting_parent", "type"), report)
    tables.beyond_header(table, report)
    return table


class _RowReader:
    """Reads rows one by one; every bad cell is a finding, and a row with one is rejected."""

    def __init__(
        self, table: Table, lexicon: Lexicon, profile: MappingProfile, date_1904: bool, report: Report
    ) -> None:
        self.table, self.lexicon, self.profile, self.report = table, lexicon, profile, report
        self.date_1904 = profile.date_system == 1904 if profile.date_system else date_1904
        self.null = {key(token) for token in profile.null_tokens}
        self.clear = {key(token) for token in profile.clear_tokens}
        self.types = {key(word): code for word, code in profile.types.items()}
        self.regions = {key(word): code for word, code in profile.regions.items()}
        self.rounded: dict[str, int] = {}
        self.unseen: dict[str, int] = {}
        self.factors = {
            column.field: self._factor(column) for column in table.columns if column.field in QUANTITIES
        }

    def _factor(self, column: Resolved) -> Fraction:
        """What one of the file's unit is in the stored one."""
        target = QUANTITIES[column.field]
        if not column.unit:
            return column.spec.scale
        factor = self.lexicon.units.factor(column.unit, target)
        if isinstance(factor, str):
            self.report.stop(factor, column=column.label, value=column.unit, unit=target)
            return column.spec.scale
        if factor * column.spec.scale != 1:
            self.report.add("unit_converted", column=column.label, value=column.unit, unit=target)
        return factor * column.spec.scale

    def read(self, index: int) -> InstitutionRow | None:
        """One row, or None if it was rejected."""
        number = self.table.sheet.row_number(index)
        values: dict[str, Any] = {}
        cleared: set[str] = set()
        good = True
        for column in self.table.columns:
            cell = self.table.cell(index, column)
            if self._is_blank(cell, column):
                if column.field in REQUIRED or column.spec.required:
                    self.report.reject(number, "missing_required", column=column.label, letter=column.letter)
                    good = False
                continue
            if key(text_of(cell)) in self.clear and column.field not in REQUIRED:
                cleared.add(column.field)
                continue
            value = self._value(column.field, cell, column)
            if isinstance(value, Refusal):
                self._reject(number, value, column, cell)
                good = False
            else:
                values[column.field] = value
        for name, text in self.profile.constants.items():
            if name in INSTITUTIONS and name not in values and name not in cleared:
                value = self._value(name, text, None)
                if isinstance(value, Refusal):
                    self.report.reject(number, "profile_invalid", reason=f"constants.{name} = {text}")
                    good = False
                else:
                    values[name] = value
        good = good and self._place(number, values) and self._agree(number, values)
        good = good and self._fold_rooms(number, values)
        if not good or any(name not in values for name in REQUIRED):
            self.report.reject_quietly(number)
            return None
        return InstitutionRow(row=number, given=frozenset(values), cleared=frozenset(cleared), **values)

    def _is_blank(self, cell: Cell, column: Resolved) -> bool:
        if not is_filled(cell):
            return True
        word = key(text_of(cell))
        return word in self.null or word in {key(token) for token in column.spec.null_tokens}

    def _reject(self, number: int, refusal: Refusal, column: Resolved, cell: Cell) -> None:
        text = text_of(cell)
        more: dict[str, Any] = {"letter": column.letter}
        if refusal.code == "text_too_long":
            more["limit"] = rooms.LONGEST if column.field == "rooms" else _LONGEST_NAME
        elif refusal.code == "unknown_type":
            more["known"] = ", ".join(self.lexicon.types)
        elif refusal.code == "unknown_code":
            more["known"] = ", ".join(dict.fromkeys(WORDS[column.field]))
        self.report.reject(number, refusal.code, column=column.label, value=text[:200], **more)

    def _value(self, name: str, cell: Cell, column: Resolved | None) -> Any:
        """The typed value of a filled cell, or why not."""
        if isinstance(cell, Odd) and cell.kind in ("error", "formula"):
            return Refusal("error_cell" if cell.kind == "error" else "formula_without_value")
        if name in QUANTITIES:
            return self._quantity(name, cell, column)
        if name in ("valid_from", "valid_to"):
            return parse_date(cell, date_1904=self.date_1904, order=self.profile.date_order)
        if isinstance(cell, float) and abs(cell) >= 10**15:
            return Refusal("digits_lost")
        text = self._text(cell, column)
        if name in ("lon", "lat"):
            return _degrees(cell, 180 if name == "lon" else 90)
        if name == "code":
            text = f"{self.profile.id_prefix}{half_width(text)}"
            if len(text) > 60:
                return Refusal("text_too_long")
            return text if fits_an_address(text) else Refusal("code_not_usable")
        if name == "type":
            return self._type(text, cell, column)
        if name == "region":
            return self.regions.get(key(text), text)
        if name == "credit_code":
            return credit.normal(text)
        if name == "aliases":
            return tuple(part for part in map(str.strip, _split(text)) if part)
        if name in WORDS:
            return WORDS[name].get(key(text), Refusal("unknown_code"))
        if name == "rooms":
            return _rooms(text)
        if name == "room_count":
            return _room_count(cell)
        return text if len(text) <= _LONGEST_NAME else Refusal("text_too_long")

    def _text(self, cell: Cell, column: Resolved | None) -> str:
        shown = text_of(cell)
        cleaned = clean(shown)
        if column is not None and len(cleaned) < len(shown.strip()):
            self.unseen[column.label] = self.unseen.get(column.label, 0) + 1
        return " ".join(cleaned.split())

    def _quantity(self, name: str, cell: Cell, column: Resolved | None) -> Any:
        number = number_of(cell)
        if isinstance(number, Refusal):
            return number
        if number.digits < 0:
            return Refusal("negative")
        factor = self.factors.get(name, Fraction(1)) if column is not None else Fraction(1)
        fixed = stored(number, factor)
        if isinstance(fixed, Refusal):
            return fixed
        if fixed[1] and column is not None:
            self.rounded[column.label] = self.rounded.get(column.label, 0) + 1
        return fixed[0]

    def _type(self, text: str, cell: Cell, column: Resolved | None) -> Any:
        mapped = self.types.get(key(text), text)
        code = self.lexicon.type_code(mapped)
        if code is None and isinstance(cell, float) and mapped == text:
            # A spreadsheet drops the zero of 021; with one candidate only, nothing is guessed.
            padded = {known for known in self.lexicon.types if known.lstrip("0") == text and known != text}
            if len(padded) == 1:
                code = padded.pop()
                label = column.label if column else "type"
                self.report.add("leading_zero_restored", column=label, value=text, read_as=code)
        if code is None and _ALL_OTHERS in self.profile.types:
            code = self.lexicon.type_code(self.profile.types[_ALL_OTHERS])
        return code or Refusal("unknown_type")

    def _place(self, number: int, values: dict[str, Any]) -> bool:
        """The region's code on the row's own first day."""
        text, day = values.get("region"), values.get("valid_from")
        if text is None or day is None:
            return False
        hit = self.lexicon.region(text, day)
        if hit is None and _ALL_OTHERS in self.profile.regions:
            hit = self.lexicon.region(self.profile.regions[_ALL_OTHERS], day)
        column = self.table.column("region")
        label = column.label if column else "region"
        if hit is None:
            self.report.reject(number, "unknown_region", column=label, value=text)
            return False
        if not hit.in_force:
            went = ", ".join(hit.successors) or "—"
            self.report.reject(
                number, "region_not_in_force", column=label, value=text, date=day.isoformat(), successors=went
            )
            return False
        if hit.replaced:
            self.report.add("region_code_replaced", row=number, column=label, value=text, read_as=hit.code)
        values["region"] = hit.code
        return True

    def _fold_rooms(self, number: int, values: dict[str, Any]) -> bool:
        """A number of rooms without their numbers: they are numbered from 1."""
        count = values.pop("room_count", None)
        if count is None:
            return True
        listed = values.get("rooms", "")
        if listed and (listed == rooms.NONE) != (count == 0):
            column = self.table.column("room_count")
            self.report.reject(
                number,
                "rooms_disagree",
                column=column.label if column else None,
                value=str(count),
                rooms=listed,
            )
            return False
        if listed in ("", rooms.NONE, rooms.numbered(1)):
            values["rooms"] = rooms.numbered(count)
        return True

    def _agree(self, number: int, values: dict[str, Any]) -> bool:
        """Checks between cells of a row."""
        code = values.get("credit_code")
        if code and not credit.is_valid(code):
            column = self.table.column("credit_code")
            self.report.add(
                "credit_code_check", row=number, column=column.label if column else None, value=code
            )
        first, last = values.get("valid_from"), values.get("valid_to")
        if first and last and last <= first:
            column = self.table.column("valid_to")
            self.report.reject(
                number,
                "dates_reversed",
                column=column.label if column else None,
                value=last.isoformat(),
                valid_from=first.isoformat(),
                valid_to=last.isoformat(),
            )
            return False
        return True

    def tell(self) -> None:
        """One note a column for what was done to many cells."""
        for label, count in self.rounded.items():
            self.report.add("rounded_to_storage", column=label, count=count)
        for label, count in self.unseen.items():
            self.report.add("unseen_characters", column=label, count=count)


def _split(text: str) -> Sequence[str]:
    for mark in "；、|\n":
        text = text.replace(mark, ";")
    return text.split(";")


def _rooms(text: str) -> str | Refusal:
    try:
        return rooms.rooms_text(text)
    except rooms.RoomsError:
        return Refusal("text_too_long")


def _room_count(cell: Cell) -> int | Refusal:
    number = number_of(cell)
    if isinstance(number, Refusal):
        return number
    count = number.fraction()
    if count < 0:
        return Refusal("negative")
    return Refusal("number_too_large") if count > rooms.MOST or count.denominator != 1 else int(count)


def _degrees(cell: Cell, limit: int) -> str | Refusal:
    """A coordinate as plain decimal text; exact, because it is only shown and drawn."""
    number = number_of(cell)
    if isinstance(number, Refusal):
        return number
    value = number.fraction()
    if abs(value) > limit:
        return Refusal("number_too_large")
    digits = f"{abs(number.digits):0{number.decimals + 1}d}"
    whole, part = digits[: len(digits) - number.decimals], digits[len(digits) - number.decimals :].rstrip("0")
    return f"{'-' if value < 0 else ''}{whole}{'.' + part if part else ''}"


def _compare(rows: Sequence[InstitutionRow], report: Report) -> None:
    """Same code and first day: equal rows are duplicates, different ones all rejected, in any order."""
    groups: dict[tuple[str, date], list[InstitutionRow]] = {}
    for row in rows:
        if report.state(row.row) == 0:
            groups.setdefault((row.code, row.valid_from), []).append(row)
    for (code, day), members in groups.items():
        if len(members) < 2:
            continue
        first, label = members[0], f"{code} {day.isoformat()}"
        if all(member.values() == first.values() and member.cleared == first.cleared for member in members):
            for member in members[1:]:
                report.duplicate(member.row, "duplicate_in_file", first=first.row, key=label)
        else:
            for place, member in enumerate(members):
                other = first if place else members[1]
                report.reject(member.row, "conflict_in_file", first=other.row, key=label)


def field_names() -> Mapping[str, object]:
    """The columns of our own file, in order (for templates and docs)."""
    known = {part.name for part in fields(InstitutionRow)}
    return {name: words for name, words in INSTITUTIONS.items() if name in known}
