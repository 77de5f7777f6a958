"""The one strict reader of catalog tables: UTF-8 CSV in, frozen dataclasses out.

A catalog is law in data form, so nothing is guessed: an unknown or missing column, a blank required
cell, a bad number, date, word or unit, a duplicate key, a gap or an overlap in time refuses to load with
the file, the row (as a spreadsheet shows it: the header is row 1), the column and the reason.

The row type is the schema. A field without a default is a required column whose cells may not be blank;
a field with a default may be blank or absent and then takes the default. The annotation is the parser:
``str``, ``int``, ``bool`` (yes/no), ``Fraction``, ``date``, ``Literal[...]``, ``tuple[str, ...]``
(words divided by ``|``), and each of these with ``| None``. Field metadata ``{"column": name}`` reads another
column, so that one cell can give both a number and the text it was printed as.
"""

import csv
import io
import re
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, NoReturn, Protocol, TypeVar, Union, get_args, get_origin
from typing import get_type_hints as hints_of

#: Open ends of validity; ``[valid_from, valid_to)`` is half-open.
BEGINNING = date(1, 1, 1)
OPEN_END = date(9999, 12, 31)

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[*/]\d+(?:\.\d+)?)*", re.ASCII)
_TERM = re.compile(r"([*/]?)(-?\d+(?:\.\d+)?)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LONGEST_NUMBER = 200


class CatalogError(Exception):
    """A catalog table was refused.

    Attributes: ``file`` (path as text), ``row`` (spreadsheet row, None for the file as a whole), ``column``
    (header text or None), ``reason_zh`` and ``reason_en`` (what is wrong and how to mend it).
    """

    def __init__(
        self, file: str, row: int | None, column: str | None, reason_zh: str, reason_en: str
    ) -> None:
        self.file, self.row, self.column = file, row, column
        self.reason_zh, self.reason_en = reason_zh, reason_en
        place = f"{file}" + (f", row {row}" if row else "") + (f", column {column}" if column else "")
        super().__init__(f"{place}: {reason_en} / {reason_zh}")


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


R = TypeVar("R", bound=_Dataclass)


class Dated(_Dataclass, Protocol):
    """A row that holds during ``[valid_from, valid_to)``."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date: ...


D = TypeVar("D", bound=Dated)


@dataclass(frozen=True, slots=True)
class Placed(Generic[R]):
    """A row together with the place it was read from."""

    row: R
    file: str
    number: int

    def refuse(self, column: str | None, reason_zh: str, reason_en: str) -> NoReturn:
        """Raise a `CatalogError` that points at this row."""
        raise CatalogError(self.file, self.number, column, reason_zh, reason_en)


class _BadCellError(Exception):
    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def parse_number(text: str) -> Fraction:
    """The exact value of a plain decimal, or of products and quotients of them.

    >>> parse_number("0.1229"), parse_number("44/12")
    (Fraction(1229, 10000), Fraction(11, 3))
    >>> parse_number("0.8005*293.77/71.54") == Fraction("0.8005") * Fraction("293.77") / Fraction("71.54")
    True

    Raises `ValueError` for anything else: exponents, separators, blanks inside, a division by zero.
    """
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise ValueError(text[:40])
    value = Fraction(1)
    for sign, term in _TERM.findall(text):
        number = Fraction(term)
        if sign != "/":
            value *= number
        elif number:
            value /= number
        else:
            raise ValueError(text)
    return value


def _number(text: str) -> Fraction:
    try:
        return parse_number(text)
    except ValueError:
        raise _BadCellError(
            f"“{text[:40]}”不是数。请写普通小数(如 0.1229)或分数(如 44/12)，不用指数和千分位",
            f"{text[:40]!r} is not a number; write a plain decimal (0.1229) or a fraction (44/12), "
            "no exponent, no separators",
        ) from None


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        raise _BadCellError(f"“{text[:40]}”不是整数", f"{text[:40]!r} is not a whole number")
    return int(text)


def _day(text: str) -> date:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise _BadCellError(
            f"“{text[:40]}”不是日期。请写成 2025-11-06",
            f"{text[:40]!r} is not a date; write it as 2025-11-06",
        ) from None


def _yes_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise _BadCellError(f"“{text[:40]}”应为 yes 或 no", f"{text[:40]!r} must be yes or no")
    return text == "yes"


def _one_of(words: Collection[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            known = ", ".join(sorted(words)[:40])
            raise _BadCellError(
                f"“{text[:40]}”不在允许的值中：{known}", f"{text[:40]!r} is not one of: {known}"
            )
        return text

    return parse


def _words(text: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split("|"))
    if "" in words or len(set(words)) != len(words):
        raise _BadCellError(
            f"“{text[:40]}”里有空的或重复的词", f"{text[:40]!r} has a blank or a repeated word"
        )
    return words


_PARSERS: Mapping[object, Callable[[str], object]] = {
    str: str,
    int: _integer,
    bool: _yes_no,
    Fraction: _number,
    date: _day,
    tuple[str, ...]: _words,
}


def _parser(annotation: object) -> Callable[[str], object]:
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = (kind for kind in get_args(annotation) if kind is not type(None))
    if get_origin(annotation) is Literal:
        return _one_of(get_args(annotation))
    return _PARSERS[annotation]


@dataclass(frozen=True, slots=True)
class Cell:
    """How one field of a row type is read: its column, parser, and what a blank means."""

    field: str
    column: str
    parse: Callable[[str], object]
    required: bool
    default: object


_CELLS: dict[type, tuple[Cell, ...]] = {}


def cells_of(row_type: type) -> tuple[Cell, ...]:
    """How the fields of a row type are read, in order."""
    if row_type not in _CELLS:
        _CELLS[row_type] = _cells(row_type)
    return _CELLS[row_type]


def _cells(row_type: type) -> tuple[Cell, ...]:
    hints = hints_of(row_type)
    return tuple(
        Cell(
            field.name,
            field.metadata.get("column", field.name),
            _parser(hints[field.name]),
            field.default is MISSING,
            field.default,
        )
        for field in fields(row_type)
    )


def columns_of(row_type: type) -> tuple[str, ...]:
    """The column names of a row type, in order."""
    return tuple(dict.fromkeys(cell.column for cell in cells_of(row_type)))


def _decode(path: Path, content: bytes | None) -> str:
    try:
        raw = path.read_bytes() if content is None else content
    except OSError as error:
        raise CatalogError(
            str(path), None, None, f"读不了文件：{error.strerror}", f"cannot read: {error.strerror}"
        ) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CatalogError(
            str(path),
            None,
            None,
            "不是 UTF-8 编码。请另存为 UTF-8 的 CSV",
            "not UTF-8; save it as CSV in UTF-8",
        ) from None


def _header(file: str, header: Sequence[str], row_type: type) -> None:
    known = columns_of(row_type)
    for name in header:
        if name not in known:
            raise CatalogError(
                file,
                1,
                name or None,
                f"不认识的列。可用的列：{', '.join(known)}",
                f"unknown column; known: {', '.join(known)}",
            )
        if header.count(name) > 1:
            raise CatalogError(file, 1, name, "同名的列出现了两次", "this column stands twice")
    for cell in cells_of(row_type):
        if cell.required and cell.column not in header:
            raise CatalogError(file, 1, cell.column, "缺少必需的列", "a required column is missing")


def read_placed(
    path: Path,
    row_type: type[R],
    *,
    key: Sequence[str] = (),
    allowed: Mapping[str, Collection[str]] | None = None,
    content: bytes | None = None,
) -> tuple[Placed[R], ...]:
    """Read one table with the place of every row.

    ``key`` names the columns that identify a row (duplicates refuse); ``allowed`` gives for a column the
    only words it may hold (unit codes, carrier codes); ``content`` replaces the file's bytes.
    Raises `CatalogError`.
    """
    file = str(path)
    reader = csv.reader(io.StringIO(_decode(path, content), newline=""), strict=True)
    rows: list[Placed[R]] = []
    seen: dict[tuple[object, ...], int] = {}
    number = 1
    try:
        header = next(reader, None)
        if header is None:
            raise CatalogError(file, None, None, "空文件：没有表头", "empty file: no header")
        _header(file, header, row_type)
        for number, cells in enumerate(reader, start=2):
            row = _row(file, number, header, cells, row_type, allowed or {})
            rows.append(Placed(row, file, number))
            if key:
                value = tuple(getattr(row, column) for column in key)
                first = seen.setdefault(value, number)
                if first != number:
                    shown = ", ".join(map(str, value))
                    rows[-1].refuse(
                        key[0],
                        f"键重复：{shown}，与第 {first} 行相同",
                        f"duplicate key {shown}, same as row {first}",
                    )
    except csv.Error as error:
        raise CatalogError(file, number, None, f"CSV 格式有误：{error}", f"malformed CSV: {error}") from None
    return tuple(rows)


def _row(
    file: str,
    number: int,
    header: Sequence[str],
    cells: Sequence[str],
    row_type: type[R],
    allowed: Mapping[str, Collection[str]],
) -> R:
    if len(cells) != len(header):
        raise CatalogError(
            file,
            number,
            None,
            f"本行有 {len(cells)} 格，表头有 {len(header)} 格",
            f"{len(cells)} cells under {len(header)} headers",
        )
    texts = dict(zip(header, cells, strict=True))
    values: dict[str, object] = {}
    for cell in cells_of(row_type):
        text = texts.get(cell.column, "").strip()
        if not text:
            if cell.required:
                raise CatalogError(file, number, cell.column, "必填的格是空的", "a required cell is blank")
            continue
        try:
            if cell.column in allowed:
                _one_of(allowed[cell.column])(text)
            values[cell.field] = cell.parse(text)
        except _BadCellError as bad:
            raise CatalogError(file, number, cell.column, bad.zh, bad.en) from None
    return row_type(**values)


def read_table(
    path: Path,
    row_type: type[R],
    *,
    key: Sequence[str] = (),
    allowed: Mapping[str, Collection[str]] | None = None,
    content: bytes | None = None,
) -> tuple[R, ...]:
    """As `read_placed`, the rows alone."""
    return tuple(
        placed.row for placed in read_placed(path, row_type, key=key, allowed=allowed, content=content)
    )


def check_dated(
    rows: Iterable[Placed[D]], key: Callable[[D], object], *, column: str = "valid_from", gaps: bool = True
) -> None:
    """Refuse rows of one key whose validities overlap or (``gaps``) leave days uncovered in between.

    Raises `CatalogError` at the later row.
    """
    groups: dict[object, list[Placed[D]]] = {}
    for placed in rows:
        row = placed.row
        if row.valid_to <= row.valid_from:
            placed.refuse("valid_to", "失效日期必须晚于生效日期", "valid_to must be after valid_from")
        groups.setdefault(key(row), []).append(placed)
    for name, group in groups.items():
        group.sort(key=lambda placed: placed.row.valid_from)
        for earlier, later in pairwise(group):
            end, start = earlier.row.valid_to, later.row.valid_from
            place = f"{earlier.file}:{earlier.number}"
            if start < end:
                later.refuse(
                    column, f"“{name}”的有效期与 {place} 重叠", f"validity of {name} overlaps {place}"
                )
            if gaps and start > end:
                later.refuse(
                    column,
                    f"“{name}”的有效期与 {place} 之间有空档：{end} 至 {start}",
                    f"validity of {name} leaves a gap after {place}: {end} to {start}",
                )
