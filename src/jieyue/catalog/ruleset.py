"""Rule sets 审核规则集: load a folder of review rules, strictly.

A folder holds ``ruleset.toml`` (id, names, note) and ``rules.csv``. The rule sets shipped are in ``rulesets/``; an
authority's own has the same layout. Which rules hold for a period is decided by the scheme of the period's last
day, as for items.
"""

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Literal

from jieyue.catalog.digest import plain
from jieyue.catalog.model import Sourced
from jieyue.catalog.rules import Catalog
from jieyue.catalog.strict import CatalogError, Placed, parse_number, read_placed

SHIPPED = Path(__file__).parent / "rulesets"
DEFAULT = "survey-default"
Kind = Literal[
    "completeness",
    "logic",
    "cross",
    "range",
    "price",
    "units",
    "process",
    "year_on_year",
    "fixed_base",
    "peers",
    "copies",
]
Op = Literal[
    "holds", "required", "no_return", "member_filed", "price", "scale", "level", "moved", "peers", "copied_period",
    "copied_institution", "columns", "base_forms", "elsewhere",
]  # fmt: skip
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")
_NAME = re.compile(r"[a-z_][a-z_0-9]*")
_PERIODS = frozenset("YQMH")
_ITEM = re.compile(r"(?:#|\b([A-Z]{2}\d{3}):)([0-9A-Za-z_]+)")
UNSET = "unset"
#: Rules that are written as a text; rules that judge a summary table and no return.
WITH_TEXT, OF_TABLES = frozenset({"holds", "columns"}), frozenset({"columns", "base_forms"})
#: Items that rules may speak of and no form has: made by who reads the returns (`domain.review_panel`).
DERIVED = frozenset({"tce_building"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow(Sourced):
    """One row of ``rules.csv``.

    op: ``holds`` = ``text`` must be true; of a summary form ``columns`` = ``text`` must be true of the columns of each
    line (``#S001``), ``base_forms`` = each cell of a flow is the sum of the returns behind it; ``elsewhere`` = shown
    here and judged by another part; the others are named comparisons over several returns (``required`` without
    ``each``: all items that the form requires). each: lists of
    items that the row stands for, one rule each (``q=110 c=111|q=120 c=121``; the text says ``#{q}``). params:
    limits (``limit=0.1``; ``limit=unset`` where the source states none). on: the items that a finding stands at
    (default: the first of the text). exempt: ``member`` = not of institutions reported inside another's return.
    periods: letters of the period kinds it judges (Y|Q|M|H).
    """

    code: str
    form: str
    kind: Kind
    severity: Literal["error", "warning"]
    periods: tuple[str, ...]
    op: Op
    text: str = ""
    each: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    exempt: Literal["", "member"] = ""
    scheme_from: str = ""
    scheme_to: str = ""
    name_zh: str
    name_en: str
    mend_zh: str
    mend_en: str
    official: Literal["yes", "partly", "inferred", "no"]


@dataclass(frozen=True, slots=True)
class Written:
    """A row for one list of its items, its words read: limits by name (None = not set), items by placeholder."""

    row: RuleRow
    items: dict[str, str]
    limits: dict[str, Fraction | None]

    @property
    def text(self) -> str:
        """The rule's text with its items in place."""
        text = self.row.text
        for name, code in self.items.items():
            text = text.replace(f"{{{name}}}", code)
        return text

    @property
    def on(self) -> tuple[str, ...]:
        """Items that a finding stands at, as far as the row says."""
        return tuple(self.items.get(word.strip("{}"), word) for word in self.row.on)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of a folder; digest: SHA-256 of their contents, texts and sources included."""

    id: str
    name_zh: str
    name_en: str
    note: str
    rows: tuple[RuleRow, ...]
    digest: str

    def __hash__(self) -> int:
        """By its digest: a set of a hundred rows is looked up with every cell that is checked."""
        return hash(self.digest)

    def written(self, form: str, scheme: str, order: tuple[str, ...]) -> tuple[Written, ...]:
        """The rules of a form under a scheme; order: the schemes' codes in time."""
        here = order.index(scheme)
        return tuple(
            written
            for row in self.rows
            if row.form == form
            and (not row.scheme_from or order.index(row.scheme_from) <= here)
            and (not row.scheme_to or here < order.index(row.scheme_to))
            for written in spread(row)
        )


def spread(row: RuleRow) -> tuple[Written, ...]:
    """A row as one rule for each list of its items. Raises ValueError with the word that is wrong."""
    limits = dict(_pair(word) for word in row.params)
    numbers = {name: None if text == UNSET else parse_number(text) for name, text in limits.items()}
    lists = [dict(_pair(word) for word in words.split()) for words in row.each] or [{}]
    return tuple(Written(row, items, numbers) for items in lists)


def _pair(word: str) -> tuple[str, str]:
    name, sign, value = word.partition("=")
    if not sign or not value or not _NAME.fullmatch(name):
        raise ValueError(word)
    return name, value


def ruleset_ids() -> tuple[str, ...]:
    """The rule sets shipped."""
    return tuple(sorted(path.name for path in SHIPPED.iterdir() if (path / "ruleset.toml").is_file()))


def load_ruleset(folder: Path | str, catalog: Catalog) -> RuleSet:
    """Read a folder (or the name of one that is shipped). Raises CatalogError with file, row, column and reason.

    Items are checked against the catalog: a rule that speaks of none of its form's items is refused.
    """
    place = SHIPPED / folder if isinstance(folder, str) and folder in ruleset_ids() else Path(folder)
    head = _head(place / "ruleset.toml")
    rows = read_placed(place / "rules.csv", RuleRow, key=("code",))
    for placed in rows:
        _check(placed, catalog)
    return RuleSet(
        head["id"],
        head["name_zh"],
        head["name_en"],
        head.get("note", ""),
        tuple(placed.row for placed in rows),
        _digest([placed.row for placed in rows]),
    )


def _head(path: Path) -> dict[str, str]:
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CatalogError(
            str(path), None, None, f"读不了文件：{error.strerror}", f"cannot read: {error.strerror}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(str(path), None, None, f"不是 TOML：{error}", f"not TOML: {error}") from None
    for name in ("id", "name_zh", "name_en"):
        if not isinstance(said.get(name), str) or not said[name].strip():
            raise CatalogError(str(path), None, name, f"缺少 {name}", f"{name} is missing")
    for name in said:
        if name not in ("id", "name_zh", "name_en", "note"):
            raise CatalogError(str(path), None, name, "不认识的键", "unknown key")
    if not _ID.fullmatch(said["id"]):
        raise CatalogError(
            str(path), None, "id", "代号只能用小写字母、数字和连字符", "id: lower case, digits, hyphens"
        )
    return {name: str(value).strip() for name, value in said.items()}


def _check(placed: Placed[RuleRow], catalog: Catalog) -> None:
    row = placed.row
    if row.form not in catalog.forms:
        placed.refuse("form", f"没有报表 {row.form}", f"there is no form {row.form}")
    if set(row.periods) - _PERIODS:
        placed.refuse("periods", "只能是 Y、Q、M、H", "only Y, Q, M, H")
    schemes = {scheme.code for scheme in catalog.table("schemes")}
    for column in ("scheme_from", "scheme_to"):
        code = getattr(row, column)
        if code and code not in schemes:
            placed.refuse(column, f"没有报表版本 {code}", f"there is no scheme {code}")
    if (row.op in WITH_TEXT) != bool(row.text):
        placed.refuse(
            "text",
            "只有 holds 和 columns 规则写表达式，且必须写",
            "holds and columns rules have a text, others have none",
        )
    if row.op in OF_TABLES and not catalog.forms[row.form].summary_of:
        placed.refuse("op", f"{row.op} 只用于综合表", f"{row.op} is for summary forms")
    try:
        every = spread(row)
    except ValueError as error:
        placed.refuse(
            "each" if any(str(error) in word for word in row.each) else "params",
            f"“{error}”应写成 名=值",
            f"{str(error)!r} must be name=value",
        )
    known = {f"{item.form}:{item.code}" for item in catalog.table("items")}
    for written in every:
        for code in (*written.items.values(), *written.on):
            if (code if ":" in code else f"{row.form}:{code}") not in known:
                placed.refuse(
                    "each", f"报表 {row.form} 没有指标 {code}", f"form {row.form} has no item {code}"
                )
        if row.op == "columns":
            _check_columns(placed, written.text, catalog)
            continue
        for other, code in _ITEM.findall(written.text):
            form = other or row.form
            if code not in DERIVED and f"{form}:{code}" not in known:
                placed.refuse("text", f"报表 {form} 没有指标 {code}", f"form {form} has no item {code}")


def _check_columns(placed: Placed[RuleRow], text: str, catalog: Catalog) -> None:
    for other, code in _ITEM.findall(text):
        if other or code not in catalog.code_lists.get("summary_column", {}):
            placed.refuse("text", f"综合表没有 {code} 栏", f"a summary table has no column {code}")


def _digest(rows: list[RuleRow]) -> str:
    lines = []
    for row in rows:
        said = {field.name: getattr(row, field.name) for field in fields(row)}
        lines.append(
            json.dumps(
                {name: _text(value) for name, value in said.items()}, ensure_ascii=False, sort_keys=True
            )
        )
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _text(value: object) -> str:
    if isinstance(value, Fraction):
        return plain(value)
    return "|".join(map(str, value)) if isinstance(value, tuple) else str(value)
