"""Derived figures: what is said of figures (change, share, rank, gap), exactly, and the words that follow from it.

A derived figure is named by its parts: `derived.<op>.v1/PART~PART…`, a part being a figure's own receipt, a group of
scopes of a run, or something said (a plan's number, a status). Nothing about it is stored: whoever has the parts can
work it out again.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final
from urllib.parse import unquote

from jieyue.domain.change import relative_of
from jieyue.domain.receipt import ReceiptError, ReceiptId
from jieyue.domain.rounding import round_gb8170

#: Ranks of fewer say nothing.
LEAST_PEERS: Final = 5


class Op(StrEnum):
    """What is made of the parts, in the order in which they stand in a receipt."""

    CHANGE = "change"  # now, then: now − then, in the indicator's unit
    RELATIVE = "relative"  # now, then: (now − then) ÷ then, in %
    ALIKE = (
        "alike"  # now, then: the same over the institutions that reported whole periods on both sides, in %
    )
    ALIKE_CHANGE = "alike_change"  # now, then: what those used more or less, in the indicator's unit
    EFFECT = "effect"  # now, then, said the effect: what entries, exits … did to a sum
    POINTS = "points"  # now, then: the change of a share, in percentage points
    SHARE = "share"  # part, whole: in %
    RATIO = "ratio"  # above, below
    DIFFERENCE = "difference"  # whole, part: what is left, in the indicator's unit
    GAP = "gap"  # actual, said the target: actual − target
    RANK = "rank"  # the figure, its peers: the place, 1 the best
    COUNT = "count"  # peers, said the status: how many have it
    SIZE = "size_effect"  # energy now, then, size now, then, shares now, then …: what the size did to energy
    INTENSITY = "intensity_effect"  # the same of one carrier: what its use per size did to energy
    QUANTITY = (
        "quantity_effect"  # energy now, then, share now, then, price now, then, said kgce a unit: to money
    )
    PRICE = "price_effect"  # the same: what the price did to money
    QUANTILE = "quantile"  # a node's figure or a group, said the share: that quantile of its institutions
    PEER_QUANTILE = "peer_quantile"  # an institution's figure, said the share (and the month): of its peers
    PERCENTILE = "percentile"  # an institution's figure: its place among its peers, from low to high
    WEIGHTED = "weighted"  # completeness of a month: the same weighted by the energy a year before, in %
    MONEY = "money"  # cost for energy, for water, or both, said the carrier (`all`): what is paid for it


@dataclass(frozen=True, slots=True)
class Outcome:
    """value None: there is none, for `reason`. of: among how many a rank stands.

    Reasons: `no_base` 无可比基数 (nothing or zero to compare with), `new` 新设 (a region without a past), `no_current`
    本期缺数, `missing` 缺数 (a part is), `few_peers`, `below_threshold` (too incomplete to be ranked), `no_direction`
    (neither more nor less of it is better).
    """

    value: Fraction | None
    reason: str = ""
    of: int = 0


class Direction(StrEnum):
    """上升, 下降, 持平: by the last digit that is printed."""

    UP = "up"
    DOWN = "down"
    LEVEL = "level"


def direction(change: Fraction, decimals: int) -> Direction:
    """The direction of a change as it is printed; what rounds to zero is level.

    >>> [direction(Fraction(text), 1).value for text in ("2.1", "-3.2", "0.04", "-0.05", "0.06")]
    ['up', 'down', 'level', 'level', 'up']
    """
    printed = round_gb8170(change, decimals)
    if not printed:
        return Direction.LEVEL
    return Direction.UP if printed > 0 else Direction.DOWN


def change(now: Fraction | None, then: Fraction | None, *, is_new: bool = False) -> Outcome:
    """now − then; `is_new`: there was no such region then.

    >>> change(Fraction(7), Fraction(10)).value, change(Fraction(7), None, is_new=True).reason
    (Fraction(-3, 1), 'new')
    """
    if now is None:
        return Outcome(None, "no_current")
    if then is None:
        return Outcome(None, "new" if is_new else "no_base")
    return Outcome(now - then)


def relative(now: Fraction | None, then: Fraction | None, *, is_new: bool = False) -> Outcome:
    """(now − then) ÷ then × 100; a base of zero, below zero or missing gives none.

    >>> relative(Fraction(193), Fraction(200)).value, relative(Fraction(1), Fraction(0)).reason
    (Fraction(-7, 2), 'no_base')
    """
    if is_new and then is None and now is not None:
        return Outcome(None, "new")
    found = relative_of(then, now)
    return Outcome(None if found.value is None else found.value * 100, found.reason or "")


def share(part: Fraction | None, whole: Fraction | None) -> Outcome:
    """part ÷ whole × 100.

    >>> share(Fraction(1), Fraction(8)).value, share(None, Fraction(8)).reason
    (Fraction(25, 2), 'missing')
    """
    found = ratio(part, whole)
    return found if found.value is None else Outcome(found.value * 100)


def ratio(above: Fraction | None, below: Fraction | None) -> Outcome:
    """above ÷ below.

    >>> ratio(Fraction(3), Fraction(4)).value, ratio(Fraction(3), Fraction(0)).reason
    (Fraction(3, 4), 'no_base')
    """
    if above is None or below is None:
        return Outcome(None, "missing")
    return Outcome(above / below) if below else Outcome(None, "no_base")


def difference(whole: Fraction | None, part: Fraction | None) -> Outcome:
    """whole − part.

    >>> difference(Fraction(5), Fraction(3)).value, difference(Fraction(5), None).reason
    (Fraction(2, 1), 'missing')
    """
    return Outcome(None, "missing") if whole is None or part is None else Outcome(whole - part)


def gap(actual: Fraction | None, target: Fraction) -> Outcome:
    """actual − target: above zero is over the target.

    >>> gap(Fraction("19.5"), Fraction("18.9")).value
    Fraction(3, 5)
    """
    return Outcome(None, "missing") if actual is None else Outcome(actual - target)


def rank(own: str, values: Mapping[str, Fraction | None], ranked: Iterable[str], *, better: str) -> Outcome:
    """The place of `own` among those that may be ranked: one more than there are better ones, so that ties share it.

    better: `lower` or `higher`. ranked: those complete enough.

    >>> five = {"a": Fraction(1), "b": Fraction(2), "c": Fraction(2), "d": Fraction(3), "e": Fraction(4)}
    >>> [int(rank(key, five, five, better="lower").value) for key in five]
    [1, 2, 2, 4, 5]
    >>> rank("a", five, ["a", "b"], better="lower").reason
    'few_peers'
    """
    if better not in ("lower", "higher"):
        return Outcome(None, "no_direction")
    mine = values.get(own)
    if mine is None:
        return Outcome(None, "missing")
    allowed = set(ranked)
    if own not in allowed:
        return Outcome(None, "below_threshold")
    peers = [value for key, value in values.items() if value is not None and key in allowed]
    if len(peers) < LEAST_PEERS:
        return Outcome(None, "few_peers", len(peers))
    ahead = sum(value < mine if better == "lower" else value > mine for value in peers)
    return Outcome(Fraction(ahead + 1), of=len(peers))


# -- names ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """A part that is a figure."""

    receipt: ReceiptId


@dataclass(frozen=True)
class Peers:
    """A part that is all nodes of one kind directly below a node, by one indicator of a run.

    >>> str(Peers.parse("0123456789abcdef", "line.district.below:city", "co2_total_t"))
    '0123456789abcdef/line.district.below:city/co2_total_t'
    """

    run: str
    tree: str
    kind: str
    below: str
    indicator: str

    def __str__(self) -> str:
        return f"{self.run}/{self.scope}/{self.indicator}"

    @property
    def scope(self) -> str:
        """How the group stands in the place of a scope."""
        return f"{self.tree}.{self.kind}.below:{self.below}"

    @classmethod
    def parse(cls, run: str, scope: str, indicator: str) -> "Peers | None":
        """None if the scope is one scope and no group."""
        found = _GROUP.fullmatch(scope)
        return None if found is None else cls(run, found[1], found[2], found[3], indicator)


@dataclass(frozen=True)
class Said:
    """A part that no run gives: where it is said, and the words or the number."""

    where: str
    text: str


Part = Figure | Peers | Said
_Fields = tuple[str, str, str]

_GROUP = re.compile(r"(area|department|type|line)\.([^.]*)\.below:(.+)")
#: What is read from the institutions of a run, not worked out of the figures that it names.
STATISTICS: Final = frozenset({Op.QUANTILE, Op.PEER_QUANTILE, Op.PERCENTILE, Op.WEIGHTED, Op.MONEY})
_METHOD = re.compile(r"derived\.([a-z_]+)\.v1")
_SAME, _SAID = "=", "said"
#: Parts by operation, as letters: F a figure, P peers, S said; a pattern where there may be more.
_SHAPES: Final[Mapping[Op, str]] = {
    Op.EFFECT: "FFS", Op.GAP: "FS", Op.RANK: "FP", Op.COUNT: "PS",
    Op.SIZE: "FFFF(FF)+", Op.INTENSITY: "FFFFFF", Op.QUANTITY: "FFFFFFS", Op.PRICE: "FFFFFFS",
    Op.QUANTILE: "[FP]S", Op.PEER_QUANTILE: "FSS?", Op.PERCENTILE: "F", Op.WEIGHTED: "F", Op.MONEY: "FF?S",
}  # fmt: skip


@dataclass(frozen=True)
class DerivedId:
    """The receipt of a derived figure. What a figure has in common with the first one is written `=`.

    >>> one = ReceiptId("0123456789abcdef", "area:500103", "co2_total_t")
    >>> two = ReceiptId("fedcba9876543210", "area:500103", "co2_total_t")
    >>> str(DerivedId(Op.RELATIVE, (Figure(one), Figure(two))))
    'derived.relative.v1/0123456789abcdef/area:500103/co2_total_t~fedcba9876543210/=/='
    >>> DerivedId.parse(str(DerivedId(Op.RELATIVE, (Figure(one), Figure(two))))).parts[1].receipt == two
    True
    """

    op: Op
    parts: tuple[Part, ...]

    @property
    def method(self) -> str:
        """`derived.<op>.v1`."""
        return f"derived.{self.op.value}.v1"

    @property
    def figures(self) -> tuple[ReceiptId, ...]:
        """The parts that are figures."""
        return tuple(part.receipt for part in self.parts if isinstance(part, Figure))

    def __str__(self) -> str:
        first = next((_fields(part) for part in self.parts if not isinstance(part, Said)), ("", "", ""))
        texts = []
        for place, part in enumerate(self.parts):
            fields = _fields(part)
            if place and not isinstance(part, Said):
                fields = _mapped(fields, first, lambda own, known: _SAME if own == known else own)
            texts.append("/".join(fields))
        return f"{self.method}/{'~'.join(texts)}"

    @classmethod
    def parse(cls, text: str) -> "DerivedId":
        """Read the receipt of a derived figure. Raises ReceiptError."""
        method, _stroke, rest = text.strip().partition("/")
        named = _METHOD.fullmatch(method)
        if named is None or named[1] not in {op.value for op in Op}:
            raise ReceiptError(text)
        op, parts = Op(named[1]), []
        first: _Fields | None = None
        for said in rest.split("~"):
            fields = _split(said, text)
            if fields[0] != _SAID:
                if first is not None:
                    fields = _mapped(fields, first, lambda own, known: known if own == _SAME else own)
                first = first or fields
            parts.append(_part(fields))
        if not re.fullmatch(_SHAPES.get(op, "FF"), "".join(_letter(part) for part in parts)):
            raise ReceiptError(text)
        return cls(op, tuple(parts))


def is_derived(text: str) -> bool:
    """Whether a receipt is that of a derived figure.

    >>> is_derived("derived.share.v1/0/city/x~=/=/y"), is_derived("0123456789abcdef/city/x")
    (True, False)
    """
    return text.strip().startswith("derived.")


def _letter(part: Part) -> str:
    return {Figure: "F", Peers: "P", Said: "S"}[type(part)]


def _fields(part: Part) -> _Fields:
    match part:
        case Figure(receipt):
            run, scope, indicator = str(receipt).split("/", 1)[0], receipt.scope, receipt.indicator
        case Peers():
            run, scope, indicator = part.run, part.scope, part.indicator
        case Said(where, text):
            run, scope, indicator = _SAID, where, text
    return run, _quoted(scope), _quoted(indicator)


def _mapped(own: _Fields, first: _Fields, choose: Callable[[str, str], str]) -> _Fields:
    return choose(own[0], first[0]), choose(own[1], first[1]), choose(own[2], first[2])


def _quoted(text: str) -> str:
    """Without the signs that stand between parts."""
    return text.replace("%", "%25").replace("~", "%7E").replace("/", "%2F")


def _split(said: str, text: str) -> _Fields:
    fields = said.split("/")
    if len(fields) != 3 or not all(fields):
        raise ReceiptError(text)
    return fields[0], fields[1], fields[2]


def _part(fields: _Fields) -> Part:
    run, scope, indicator = fields[0], unquote(fields[1]), unquote(fields[2])
    if run == _SAID:
        return Said(scope, indicator)
    return Peers.parse(run, scope, indicator) or Figure(ReceiptId(run, scope, indicator))
