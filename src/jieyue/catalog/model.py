"""The rows of the catalog: what the rules say, as frozen objects with their sources.

Each class below is the schema of one table in ``data/`` (see `strict`). Numbers are exact fractions.
Validity is half-open, ``[valid_from, valid_to)``.
"""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from jieyue.catalog.strict import BEGINNING, OPEN_END

Confidence = Literal["high", "medium-high", "medium", "medium-low", "low", "derived"]
Emission = Literal["direct", "indirect", "none"]
Quantity = Literal["kgce", "ncv", "carbon_content", "oxidation", "kgco2"]
SetKind = Literal["kgce", "kgco2", "tco2_per_tce"]
Basis = Literal["calorific", "equivalent", "co2"]
Aggregation = Literal["flow", "stock", "none", "unknown"]
Need = Literal["yes", "no", "conditional"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """Where a fact comes from. ``verified`` is said only of facts read in two independent sources."""

    source: str
    document: str = ""
    issuer: str = ""
    confidence: Confidence
    verified: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit(Sourced):
    """A unit of measure; ``factor`` base units of its dimension make one of it, exactly."""

    code: str
    dimension: str
    factor: Fraction
    symbol_zh: str = ""
    symbol_en: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAlias(Sourced):
    """A word that names a unit only for one carrier (吨 of water is a cubic metre on a water bill)."""

    carrier: str
    alias: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier(Sourced):
    """An energy carrier, or water. ``energy`` = counts in standard coal and CO2 (water does not)."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    energy: bool
    emission: Emission
    vehicle_fuel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient(Sourced):
    """One dated constant of a carrier variant (``natural_gas@1.2143``): a quantity, its value and unit."""

    coefficient: str
    carrier: str
    quantity: Quantity
    value: Fraction
    text: str = field(metadata={"column": "value"})
    unit: str
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorSetRow(Sourced):
    """A closed choice of factors. ``electricity`` says whether grid factors serve electricity;
    ``base_set`` serves the carriers without a row; ``remainder`` names the carrier whose factor serves every
    energy carrier without one; ``tce_set`` turns quantities into tce for factors per tce."""

    id: str
    name_zh: str
    name_en: str
    kind: SetKind
    basis: Basis
    electricity: Literal["row", "grid"]
    base_set: str = ""
    tce_set: str = ""
    remainder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership(Sourced):
    """Which coefficient serves a carrier in a set, and how: ``kgce`` and ``kgco2`` as stated, ``carbon`` =
    ncv x carbon content x 44/12 x oxidation, ``value`` = the number of this row itself. ``per_carrier_unit``
    turns the coefficient's unit into the carrier's (kg per litre)."""

    set: str
    carrier: str
    how: Literal["kgce", "kgco2", "carbon", "value"]
    coefficient: str = ""
    value: Fraction | None = None
    text: str = field(default="", metadata={"column": "value"})
    unit: str
    per_carrier_unit: Fraction = Fraction(1)
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor(Sourced):
    """What a set says about a carrier: ``value`` in ``unit`` (per carrier unit, or t CO2 per tce);
    ``formula`` is the arithmetic with its numbers, ``parts`` the coefficients in it."""

    set: str
    carrier: str
    value: Fraction
    unit: str
    formula: str
    basis: Basis
    parts: tuple[Coefficient, ...] = ()
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END


@dataclass(frozen=True, slots=True, kw_only=True)
class GridFactorRow(Sourced):
    """A published electricity factor of a region and year. A row with a ``key`` is chosen only by that name."""

    region: str
    region_zh: str
    year: int
    key: str = ""
    value: Fraction
    text: str = field(metadata={"column": "value"})
    unit: Literal["kgCO2/kWh"]
    kind: Literal[
        "province", "region", "national", "national-variant", "recalled", "derived", "legacy", "other"
    ]
    published: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GridFactor(Sourced):
    """An electricity factor as chosen: its value, the year it is of, and why it was taken."""

    region: str
    value: Fraction
    text: str
    unit: str = "kgCO2/kWh"
    kind: str
    year_asked: int
    year_used: int | None
    label: str
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionType(Sourced):
    """A type of public institution; ``column`` is its column in the summary forms."""

    code: str
    name_zh: str
    name_en: str
    parent: str = ""
    column: str
    definition_zh: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeWord(Sourced):
    """One word of a code list (role, funds, state, origin, summary column)."""

    list: str
    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme(Sourced):
    """A version of the statistical scheme. ``serves_earlier``: data from before the first version is kept
    in this one, because the codes of the older forms are not known."""

    code: str
    name_zh: str
    name_en: str
    valid_from: date
    valid_to: date = OPEN_END
    date_verified: bool
    serves_earlier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Sourced):
    """A statistical form. ``periods``: kinds of period it is filed for (Y, Q, M, H). ``required_if``: the
    NY101 switch that makes it due. A summary form has the items of ``summary_of`` and its own."""

    code: str
    name_zh: str
    name_en: str
    periods: tuple[str, ...]
    instance: Literal["none", "room"] = "none"
    summary_of: str = ""
    required_if: str = ""
    filled_by_zh: str
    filled_by_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Sourced):
    """A field of a form, in force from scheme ``scheme_from`` up to, not including, ``scheme_to``.

    ``part_of`` is the item this one is already in (never added again); with ``part_kind`` addend the parts
    make up the whole. ``cost_of`` is the item whose money this is. ``to_carrier_unit`` turns the item's
    number into the carrier's unit. ``stock_rule``: a stock's value of a period, ``last`` or ``mean`` of the
    periods that state it. ``role`` is what the account uses it for. ``rendered`` = no: kept on
    import, not shown, because its label is not known.
    """

    form: str
    code: str
    scheme_from: str
    scheme_to: str = ""
    name_zh: str
    name_en: str
    value_kind: Literal["number", "text", "code", "yes_no"]
    unit: str = ""
    required: Need
    required_if: str = ""
    agg: Aggregation
    stock_rule: Literal["last", "mean", "weighted", ""] = ""
    carrier: str = ""
    carrier_unit: str = ""
    to_carrier_unit: Fraction | None = None
    part_of: str = ""
    part_kind: Literal["addend", "of_which", ""] = ""
    cost_of: str = ""
    role: str = ""
    rendered: bool = True
    own_code: bool = False

    @property
    def ref(self) -> str:
        """The item's full name, as ``NY201:110``."""
        return f"{self.form}:{self.code}"

    @property
    def paper_code(self) -> str:
        """The code as on paper; an item of our own has none there, nor one whose code there is not known."""
        return "" if self.own_code or not self.code[:1].isdigit() else self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionGroup(Sourced):
    """A cluster of districts 一区两群, a node between the city and its districts."""

    code: str
    name_zh: str
    name_en: str
    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(Sourced):
    """A division or a zone that reports on its own. ``provisional``: ``code`` is a key of ours, because the
    official code is not known. ``inside``: the division the zone stands in."""

    code: str
    name: str
    short_name: str
    name_en: str = ""
    aliases: tuple[str, ...] = ()
    kind: Literal["municipality", "district", "county", "zone", "country", "province", "other"]
    parent: str = ""
    group: str = ""
    subgroup: str = ""
    inside: str = ""
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END
    date_verified: bool
    provisional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionChange(Sourced):
    """Land that passed from one region to another on ``day`` (its first day with the new one)."""

    id: str
    from_code: str
    to_code: str
    day: date
    date_verified: bool
    extent: Literal["whole", "all_but", "part"]
    what_zh: str
    what_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionOldCode(Sourced):
    """A code that maps and old files still use, and the code it became."""

    old_code: str
    old_name: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile(Sourced):
    """The place of a region in a tile map."""

    region: str
    row: int
    column: int
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorDef(Sourced):
    """An indicator: what it is called, how it is shown, what it divides by what.

    A family row has a code with a ``<carrier>`` or ``<origin>`` hole; the resolved row has ``parameter`` set.
    """

    code: str
    name_zh: str
    name_en: str
    unit: str
    decimals: int
    shape: Literal["sum", "ratio", "share", "stock", "count"]
    numerator: str
    denominator: str = ""
    boundary: Literal["building", "all", "vehicle", "none"]
    basis: Literal["standard_coal", "co2", "physical", "money", "stock", "count"]
    direction: Literal["lower", "higher", "none"]
    parameter: str = ""

    @property
    def has_change(self) -> bool:
        """Whether it changes like for like: a sum over institutions or a ratio of two, no money and no expectation."""
        additive = self.shape in ("sum", "ratio") and self.denominator != "expected_by_type"
        return additive and self.basis != "money"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioCheck(Sourced):
    """What two sums of items of one return must be to one another, as CO2 and the fuel it comes from.

    ``low`` and ``high`` in ``unit`` (a quotient, as ``tCO2/GJ``). ``rounding``: by how much each number above
    may be off because it is printed rounded, in the unit above (0.5 where whole tonnes are printed).
    """

    code: str
    form: str
    name_zh: str
    name_en: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    unit: str
    low: Fraction | None = None
    high: Fraction | None = None
    rounding: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold(Sourced):
    """A limit that decides a status or a query; an authority may set its own."""

    code: str
    value: Fraction
    unit: str
    name_zh: str
    name_en: str
    region: str = ""
    valid_from: date = BEGINNING
    valid_to: date = OPEN_END
