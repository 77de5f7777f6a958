"""The objects of a plan package 规划包: what an authority's plan prints, as data.

A plan's numbers are kept as printed (`Printed`: the digits, the unit they stand in, and the unit they are used
in), because a plan contradicts itself here and there and the checker must see exactly what the paper says.
All numbers are exact fractions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal

TargetOp = Literal["<=", ">=", "="]
TaskOp = Literal["<", "<=", ">", ">=", "=", ""]
Attribute = Literal["expected", "binding", ""]
VehicleBoundary = Literal["all_oil", "official_vehicles"]
Population = Literal["in_count", "all"]
TaskKind = Literal["indicator", "count", "share", "limit", "deliver", "duty"]
Owner = Literal[
    "city",
    "managing_bodies",
    "districts",
    "departments",
    "systems",
    "party_organs",
    "key_units",
    "institution",
    "national",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A number as a document prints it.

    ``text`` the digits; ``printed_unit`` the unit beside them; ``unit`` the unit it is used in, where
    value = text × ``scale``. ``literal_scale`` is the scale that the printed unit says; it differs from
    ``scale`` only where the document prints a wrong unit. ``exact``: a rule or a whole, not a rounded figure.
    """

    text: str
    printed_unit: str
    unit: str
    scale: Fraction
    literal_scale: Fraction
    exact: bool = False

    @property
    def value(self) -> Fraction:
        """The number in ``unit``."""
        return Fraction(self.text) * self.scale

    @property
    def half_digit(self) -> Fraction:
        """Half a unit of the last printed digit, in ``unit``; 0 if exact.

        >>> one = Fraction(1)
        >>> Printed(text="11.53", printed_unit="", unit="", scale=one, literal_scale=one).half_digit
        Fraction(1, 200)
        """
        if self.exact:
            return Fraction(0)
        decimals = len(self.text.partition(".")[2])
        return Fraction(1, 2 * 10**decimals) * abs(self.scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectricityFactor:
    """Which electricity factor a plan's CO2 uses.

    ``set``: the one inside the factor set; ``of-year``: the published one of the figure's year; ``year``: the
    published one of ``year``; ``value``: ``value`` [kgCO2/kWh]; ``key``: a derived value known by name.
    """

    kind: Literal["set", "of-year", "year", "value", "key"]
    year: int | None = None
    value: Fraction | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a plan's figures are made. Blank or None: the plan does not say, the user chooses.

    ``boundaries`` is ``then``, ``now`` or a day; ``completeness`` ∈ [0, 1] is the threshold below which a
    figure is provisional.
    """

    tce_set: str
    factor_set: str
    electricity: ElectricityFactor | None
    vehicle_boundary: VehicleBoundary
    population: Population
    central_units: Literal["out", "in"]
    boundaries: Literal["then", "now"] | date
    account_form: str
    completeness: Fraction
    completeness_verified: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The paper that a plan is. Blank: not known."""

    number: str
    title: str
    issuer: str
    date: date | None
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanIndicator:
    """One indicator of a plan: base, target, rule. ``change`` [%] is the percentage rule, negative for a fall;
    ``also`` a second printed target of the same indicator; ``path`` printed yearly values [unit]."""

    code: str
    clause: str
    box: str
    name_zh: str
    name_en: str
    printed_unit: str
    unit: str
    scale: Fraction
    base: Printed | None
    target: Printed | None
    target_op: TargetOp
    change: Printed | None
    attribute: Attribute
    also: Printed | None
    path: Mapping[int, Fraction]
    verified: bool
    source: str
    note: str

    @property
    def binding(self) -> bool | None:
        """约束性 True, 预期性 False, None if the plan (as far as known) does not say."""
        return None if self.attribute == "" else self.attribute == "binding"

    @property
    def change_pct(self) -> Fraction | None:
        """The percentage rule [%], or None."""
        return None if self.change is None else self.change.value

    @property
    def base_value(self) -> Fraction | None:
        """The printed base in ``unit``."""
        return None if self.base is None else self.base.value

    @property
    def target_value(self) -> Fraction | None:
        """The printed target in ``unit``."""
        return None if self.target is None else self.target.value


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTask:
    """A goal or a task in the plan's own words (``statement`` is verbatim). ``due`` None: by the plan's end.
    ``denominator`` is what the number is a share or a count of. ``indicator``: judged as that indicator."""

    code: str
    clause: str
    box: str
    heading: str
    kind: TaskKind
    statement: str
    name_zh: str
    name_en: str
    op: TaskOp
    number: Printed | None
    due: date | None
    denominator_zh: str
    denominator_en: str
    owner: Owner
    indicator: str
    countable: bool
    verified: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A number that the plan states, or that an earlier document states about an earlier year."""

    code: str
    clause: str
    name_zh: str
    name_en: str
    number: Printed
    verified: bool
    source: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A printed statement that can be recomputed from the plan's other numbers.

    ``kind`` names the recomputation, ``subject`` the printed number (a reference, see `Plan.number`),
    ``arguments`` what it is recomputed from. A result is shown in ``unit``, of which one is ``unit_scale``
    units of the subject, with ``places`` decimals.
    """

    id: str
    clause: str
    box: str
    kind: str
    name_zh: str
    name_en: str
    quote: str
    subject: str
    arguments: Mapping[str, tuple[str, ...]]
    unit: str
    unit_zh: str
    unit_scale: Fraction
    places: int
    verified: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One authority's plan of one period. ``past`` holds the figures of earlier years by year and code;
    ``clauses`` the headings of its clauses, Chinese and English; ``issued`` what was issued to a body, by scope
    (``line:CODE``) and indicator."""

    id: str
    name_zh: str
    name_en: str
    authority_zh: str
    authority_en: str
    region: str
    base_year: int
    target_year: int
    parent: str
    document: Document
    method: Method
    indicators: tuple[PlanIndicator, ...]
    tasks: tuple[PlanTask, ...]
    declared: Mapping[str, Declared]
    past: Mapping[int, Mapping[str, Declared]]
    statements: tuple[Statement, ...]
    clauses: Mapping[str, tuple[str, str]]
    folder: Path
    catalog_folder: Path | None
    digest: str
    issued: Mapping[str, Mapping[str, PlanIndicator]] = field(default_factory=dict)
    issued_rows: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def indicator(self, code: str) -> PlanIndicator:
        """The indicator with this code. Raises `LookupError`."""
        for indicator in self.indicators:
            if indicator.code == code:
                return indicator
        raise LookupError(f"plan {self.id} has no indicator {code}")

    def number(self, reference: str) -> Printed:
        """The number a reference names.

        ``declared.CODE``; ``base.INDICATOR``, ``target.INDICATOR``, ``change.INDICATOR`` (the percentage
        rule); ``2015.CODE`` (an earlier year); or a plain number, which is exact. Raises `LookupError`.
        """
        place, _, code = reference.partition(".")
        if _is_number(reference):
            return exact(reference, "")
        if place == "declared" and code in self.declared:
            return self.declared[code].number
        if place.isdigit() and code in self.past.get(int(place), {}):
            return self.past[int(place)][code].number
        found: Printed | None = None
        if place in ("base", "target", "change"):
            indicator = self.indicator(code)
            found = {"base": indicator.base, "target": indicator.target, "change": indicator.change}[place]
        if found is None:
            raise LookupError(f"plan {self.id} has no number {reference}")
        return found

    def name_of(self, reference: str) -> tuple[str, str]:
        """The Chinese and English name of what a reference names. Raises `LookupError`."""
        place, _, code = reference.partition(".")
        if place == "declared" and code in self.declared:
            return self.declared[code].name_zh, self.declared[code].name_en
        if place.isdigit() and code in self.past.get(int(place), {}):
            row = self.past[int(place)][code]
            return row.name_zh, row.name_en
        indicator = self.indicator(code)
        return indicator.name_zh, indicator.name_en


def _is_number(text: str) -> bool:
    whole, _, decimals = text.removeprefix("-").partition(".")
    return whole.isdigit() and (decimals.isdigit() or not decimals) and not text.endswith(".")


def exact(text: str, unit: str) -> Printed:
    """A number that is a rule or a whole and not a rounded figure."""
    one = Fraction(1)
    return Printed(text=text, printed_unit=unit, unit=unit, scale=one, literal_scale=one, exact=True)
