"""Files of meters 表计台账: rows to typed rows and findings. Nothing is stored here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from jieyue.apps.exchange import columns as tables
from jieyue.apps.exchange.columns import Resolved, Table
from jieyue.apps.exchange.dates import parse_date
from jieyue.apps.exchange.export_gate import unsafe_text
from jieyue.apps.exchange.fields import words_of
from jieyue.apps.exchange.lexicon import Lexicon
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.numbers import Refusal, clean, number_of, stored
from jieyue.apps.exchange.profile import CLEAR, MappingProfile
from jieyue.apps.exchange.reader import Cell, FileContent, is_filled, text_of
from jieyue.apps.exchange.result import Report, stopped
from jieyue.domain.formula import FormulaError, parse, written
from jieyue.domain.quantity import fixed_text

METERS: Final[dict[str, tuple[str, ...]]] = {
    "meter": ("计量点", "计量点代码", "表号", "表计编号", "meter id", "meter_id", "point"),
    "name": ("计量点名称", "表计名称", "位置", "安装位置"),
    "institution": ("机构", "机构代码", "单位代码", "服务单位", "institution code"),
    "carrier": ("能源品种", "品种", "介质", "能源资源品种", "energy"),
    "unit": ("计量单位", "单位", "unit of measure"),
    "kind": ("读数类型", "类型", "reading kind"),
    "end_use": ("分项编码", "分项", "用途", "energy item"),
    "step_min": ("采集间隔", "采集间隔(分钟)", "间隔分钟", "step minutes"),
    "rated_per_hour": ("额定每小时", "每小时最大用量", "rated per hour"),
    "direction": ("方向", "计量方向"),
    "digits": ("整数位数", "表盘位数", "register digits"),
    "decimals": ("小数位数",),
    "multiplier": ("倍率", "综合倍率", "ct/pt"),
    "parent": ("上级", "上级计量点", "总表", "parent meter"),
    "serial": ("出厂编号", "表计出厂编号", "资产编号", "serial number"),
    "first_reading": ("起始读数", "装表读数", "first reading"),
    "last_reading": ("旧表止码", "拆表读数", "last reading"),
    "no_value": ("缺测值", "无数值", "no value"),
    "formula": ("公式", "计算公式", "虚拟表公式", "calculation"),
    "state": ("状态", "使用状态", "是否停用", "in service"),
    "valid_from": ("启用日期", "生效日期", "安装日期", "valid from"),
}
REQUIRED: Final = ("meter", "institution", "carrier", "unit", "valid_from")
KINDS: Final = {"register": "register", "累计": "register", "表底": "register", "示数": "register",
                "interval": "interval", "用量": "interval", "间隔用量": "interval",
                "gauge": "gauge", "瞬时": "gauge",
                "virtual": "virtual", "虚拟": "virtual", "虚拟表": "virtual", "计算": "virtual"}  # fmt: skip
DIRECTIONS: Final = {"import": "import", "用": "import", "正向": "import", "购入": "import",
                     "export": "export", "反向": "export", "外供": "export", "上网": "export"}  # fmt: skip
STATES: Final = {"open": "open", "在用": "open", "in use": "open",
                 "closed": "closed", "停用": "closed", "已停用": "closed"}  # fmt: skip
_WORDS: Final = {"kind": KINDS, "direction": DIRECTIONS, "state": STATES}
_NUMBERS: Final = ("rated_per_hour", "multiplier", "first_reading", "last_reading")
_WHOLE: Final = ("step_min", "digits", "decimals")
_LONGEST: Final = {"meter": 60, "name": 200, "serial": 60}
VIRTUAL: Final = "virtual"
CLOSED: Final = "closed"
#: What is said of a meter that is read; a virtual one has none of it.
OF_READ_ONES: Final = (
    "step_min", "rated_per_hour", "digits", "decimals", "multiplier", "serial", "first_reading", "last_reading",
    "no_value",
)  # fmt: skip
#: What is said of a meter on the day it comes; a row that closes a point has none of it.
_OF_COMING: Final = ("digits", "decimals", "first_reading")
#: What may be cleared by the token 清空 or CLEAR, and how it is kept then.
_BLANK: Final[dict[str, Any]] = {
    "name": "", "end_use": "", "rated_per_hour": None, "parent": "", "serial": "", "no_value": "",
}  # fmt: skip
_MOST_MINUTES: Final = 44_640
_MOST_NO_VALUES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterRow:
    """One meter as a file states it. Quantities are ten-thousandths; `given`: the fields with a filled cell.

    no_value: readings that mean "no value" (`0;-999`); empty = none. formula: of a virtual meter (domain/formula.py).
    state: `closed` = valid_from is the first day on which the point is no more, last_reading what its meter showed
    last.
    """

    row: int
    meter: str
    institution: str
    carrier: str
    unit: str
    valid_from: date
    name: str = ""
    kind: str = "register"
    end_use: str = ""
    step_min: int = 15
    rated_per_hour: int | None = None
    direction: str = "import"
    digits: int | None = None
    decimals: int = 2
    multiplier: Fraction = Fraction(1)
    parent: str = ""
    serial: str = ""
    first_reading: int | None = None
    last_reading: int | None = None
    no_value: str = ""
    formula: str = ""
    state: str = "open"
    given: frozenset[str] = frozenset()


@dataclass(slots=True)
class ParsedMeters:
    """Readable rows in the order of the file, the report that counts all of them, and every meter that a row names."""

    report: Report
    parsed: list[MeterRow] = field(default_factory=list)
    named: frozenset[str] = frozenset()

    @property
    def rows(self) -> list[MeterRow]:
        """The rows that may be stored, as the report stands now."""
        return [row for row in self.parsed if self.report.state(row.row) == 0]


def read_meters(
    content: FileContent,
    lexicon: Lexicon,
    *,
    carriers: Mapping[str, str],
    end_uses: Collection[str],
    profile: MappingProfile | None = None,
) -> ParsedMeters:
    """Typed rows. carriers: word as compared → code of the catalog. end_uses: codes of the coding set in use."""
    profile = profile or MappingProfile()
    if content.findings:
        return ParsedMeters(stopped(content.findings))
    report = Report()
    words = words_of(METERS)
    recognise = tables.recogniser(profile, lambda text: (words[key(text)],) if key(text) in words else ())
    chosen = tables.choose(content, profile, recognise, lexicon, report)
    if chosen is None:
        return ParsedMeters(report)
    sheet, header = chosen
    data = tables.data_rows(sheet, header, profile, report)
    tables.notes_above(sheet, header, profile, report)
    found = tables.resolve(sheet, header, profile, report, pick=lambda targets: targets)
    report.letters = {name: column.letter for column in found for name in (column.field, column.label)}
    for name in tables.missing(found, REQUIRED, profile.constants):
        report.stop("missing_column", column=METERS[name][0], field=name)
    if not data and not report.stopped:
        report.stop("empty_file")
    if report.stopped:
        return ParsedMeters(report)
    table = Table(sheet, header, found, data)
    tables.beyond_header(table, report)
    reader = _RowReader(table, carriers, frozenset(end_uses), content.date_1904, report, profile.constants)
    rows = [row for index in data if (row := reader.read(index)) is not None]
    _once(rows, report)
    return ParsedMeters(report, rows, frozenset(reader.named))


def _once(rows: list[MeterRow], report: Report) -> None:
    """A meter and day stand once in a file."""
    seen: dict[tuple[str, date], MeterRow] = {}
    for row in rows:
        first = seen.setdefault((row.meter, row.valid_from), row)
        if first is row:
            continue
        same = {name: getattr(first, name) for name in row.given} == {
            name: getattr(row, name) for name in row.given
        }
        code = "duplicate_in_file" if same and first.given == row.given else "conflict_in_file"
        report.reject(row.row, code, first=first.row, key=f"{row.meter} {row.valid_from}")


class _RowReader:
    """Reads rows one by one; every bad cell is a finding, and a row with one is rejected."""

    def __init__(
        self,
        table: Table,
        carriers: Mapping[str, str],
        end_uses: frozenset[str],
        date_1904: bool,
        report: Report,
        constants: Mapping[str, str],
    ) -> None:
        self.table, self.carriers, self.end_uses = table, carriers, end_uses
        self.date_1904, self.report, self.constants = date_1904, report, constants
        self.named: set[str] = set()

    def read(self, index: int) -> MeterRow | None:
        """One row, or None if it was rejected."""
        number = self.table.sheet.row_number(index)
        values: dict[str, Any] = {}
        good = True
        for name, text in self.constants.items():
            good &= self._take(number, name, text, Resolved(0, "", name, name, "", None), values)  # type: ignore[arg-type]
        for column in self.table.columns:
            cell = self.table.cell(index, column)
            if not is_filled(cell):
                if column.field in REQUIRED:
                    self.report.reject(number, "missing_required", column=column.label)
                    good = False
                continue
            good &= self._take(number, column.field, cell, column, values)
        self.named.add(str(values.get("meter", "")))
        if not good or not self._whole_row(number, values):
            return None
        return MeterRow(row=number, given=frozenset(values), **values)

    def _whole_row(self, number: int, values: Mapping[str, Any]) -> bool:
        """Whether the cells of a row go together: a formula and the kind `virtual` stand together, or neither."""
        is_virtual = values.get("kind") == VIRTUAL
        if values.get("state") == CLOSED:
            coming = next((name for name in _OF_COMING if name in values), None)
            if coming is not None:
                self.report.reject(number, "meter_close_field", column=coming, value=values.get("meter", ""))
                return False
        if is_virtual != bool(values.get("formula")):
            self.report.reject(number, "meter_formula_alone", column="formula", value=values.get("meter", ""))
            return False
        spare = next((name for name in OF_READ_ONES if is_virtual and name in values), None)
        if spare is not None:
            self.report.reject(number, "meter_virtual_field", column=spare, value=values.get("meter", ""))
        return spare is None

    def _take(self, number: int, name: str, cell: Cell, column: Resolved, values: dict[str, Any]) -> bool:
        value = self._value(name, cell)
        if not isinstance(value, Refusal):
            values[name] = value
            return True
        known = {
            "kind": "register, interval, gauge, virtual",
            "direction": "import, export",
            "state": "open, closed",
            "carrier": ", ".join(sorted(set(self.carriers.values()))),
        }.get(name, "")
        self.report.reject(
            number,
            value.code,
            column=column.label,
            value=text_of(cell)[:80],
            known=known,
            set="jk-2008",
            limit=value.limit,
        )
        return False

    def _value(self, name: str, cell: Cell) -> Any:
        text = unsafe_text(clean(text_of(cell)))  # as our own files write what a spreadsheet would reckon
        if name in _BLANK and text.upper() in CLEAR:
            return _BLANK[name]
        if name == "valid_from":
            return parse_date(cell, date_1904=self.date_1904)
        if name in _NUMBERS:
            return self._number(name, cell)
        if name in _WHOLE:
            return self._whole(name, cell)
        if name == "no_value":
            return self._no_value(text)
        if name == "formula":
            return _formula(text)
        if name in _WORDS:
            return _WORDS[name].get(text.lower(), Refusal("meter_word"))
        if name == "carrier":
            return self.carriers.get(key(text), Refusal("meter_carrier"))
        if name == "end_use":
            return text.upper() if text.upper() in self.end_uses else Refusal("meter_end_use")
        longest = _LONGEST.get(name, 200)
        return text if len(text) <= longest else Refusal("text_too_long", longest)

    def _number(self, name: str, cell: Cell) -> Any:
        number = number_of(cell)
        if isinstance(number, Refusal):
            return number
        if number.digits < 0 or (name in ("multiplier", "rated_per_hour") and number.digits == 0):
            return Refusal("negative")
        if name == "multiplier":
            return Fraction(number.digits, 10**number.decimals)
        found = stored(number)
        return found if isinstance(found, Refusal) else found[0]

    def _no_value(self, text: str) -> Any:
        """Numbers between semicolons as they are kept: ascending, plain."""
        found: set[int] = set()
        for part in filter(None, (one.strip() for one in text.replace("；", ";").split(";"))):
            number = number_of(part)
            if isinstance(number, Refusal):
                return number
            value = stored(number)
            if isinstance(value, Refusal):
                return value
            found.add(value[0])
        if len(found) > _MOST_NO_VALUES:
            return Refusal("meter_no_values", _MOST_NO_VALUES)
        return ";".join(fixed_text(value) for value in sorted(found))

    def _whole(self, name: str, cell: Cell) -> Any:
        number = number_of(cell)
        if isinstance(number, Refusal):
            return number
        value = Fraction(number.digits, 10**number.decimals)
        most = {"step_min": _MOST_MINUTES, "digits": 12, "decimals": 4}[name]
        least = 1 if name != "decimals" else 0
        if value.denominator != 1 or not least <= value <= most:
            return Refusal("meter_steps" if name == "step_min" else "not_a_number")
        return int(value)


def _formula(text: str) -> Any:
    """As it is kept: what is added first."""
    try:
        return written(parse(text))
    except FormulaError as error:
        return Refusal(error.code)
