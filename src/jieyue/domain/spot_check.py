"""Spot checks 质量抽查: a sample that anybody can draw again from list and seed, and the score of what was found.

The key of an institution is −ln(u) ÷ weight with u = (2h + 1) ÷ 2²⁵⁷ and h = SHA-256(seed, newline, code) as a whole
number; in each stratum those with the smallest keys are drawn. With equal weights that is a simple random sample;
else each next one is drawn with a chance in proportion to its weight, without replacement (Efraimidis and
Spirakis). Keys are decimals of 40 digits with a correctly rounded logarithm: the same on every machine.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

METHODS = ("random", "risk")
#: By what a list is divided: who collects the return, or that and the type of institution.
STRATA = ("body", "type")
LEAST_SHARE = Decimal("0.05")
_EXACT = Context(prec=40, rounding=ROUND_HALF_EVEN)
_WHOLE = Decimal(2) ** 257


@dataclass(frozen=True, slots=True)
class Member:
    """An institution that may be drawn: code, stratum, and how likely mistakes are with it (1 = nothing known).

    body, kind: what the stratum is made of, kind empty where it is the body alone.
    """

    code: str
    stratum: str
    weight: Decimal = Decimal(1)
    body: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an institution before anybody looks: findings that stand, lateness, share of estimates, and
    its standard coal as a share of the largest of its stratum."""

    errors: int = 0
    open: int = 0
    explained: int = 0
    late: bool = False
    estimated: Decimal = Decimal(0)
    size: Decimal = Decimal(0)


def weight_of(known: Known, weights: Mapping[str, Decimal]) -> Decimal:
    """The risk weight, in ten-thousandths.

    >>> each = dict(base=1, error=4, open=3, explained=1, most_findings=12, late=1, estimated=3, size=1)
    >>> weight_of(Known(open=2, late=True, estimated=Decimal("0.5")), {k: Decimal(v) for k, v in each.items()})
    Decimal('9.5000')
    """
    said = (
        weights["error"] * known.errors
        + weights["open"] * known.open
        + weights["explained"] * known.explained
    )
    total = (
        weights["base"]
        + min(said, weights["most_findings"])
        + (weights["late"] if known.late else 0)
        + weights["estimated"] * known.estimated
        + weights["size"] * known.size
    )
    return total.quantize(Decimal("0.0001"), ROUND_HALF_EVEN)


def draw(seed: str, frame: Iterable[Member], share: Decimal, method: str) -> list[Member]:
    """The sample: of each stratum the share, rounded up; by stratum, then in the order drawn.

    >>> frame = [Member(f"A{n}", "x") for n in range(40)]
    >>> [one.code for one in draw("2026", frame, Decimal("0.05"), "random")]
    ['A38', 'A17']
    """
    if method not in METHODS:
        raise ValueError(f"method {method}")
    if not LEAST_SHARE <= share <= 1:
        raise ValueError(f"share {share}")
    strata: dict[str, list[Member]] = {}
    for one in frame:
        if one.weight <= 0:
            raise ValueError(f"weight {one.weight} of {one.code}")
        strata.setdefault(one.stratum, []).append(one)
    chosen = []
    for name in sorted(strata):
        ordered = sorted(strata[name], key=lambda one: (_key(seed, one, method), one.code))
        chosen += ordered[: size_of(len(ordered), share)]
    return chosen


def size_of(members: int, share: Decimal) -> int:
    """How many of a stratum are drawn: the share rounded up, so at least one.

    >>> size_of(1, Decimal("0.05")), size_of(20, Decimal("0.05")), size_of(21, Decimal("0.05"))
    (1, 1, 2)
    """
    return int((share * members).to_integral_value(ROUND_CEILING))


def _key(seed: str, one: Member, method: str) -> Decimal:
    digest = hashlib.sha256(f"{seed}\n{one.code}".encode()).digest()
    drawn = _EXACT.divide(Decimal(2 * int.from_bytes(digest) + 1), _WHOLE)
    key = -_EXACT.ln(drawn)
    return key if method == "random" else _EXACT.divide(key, one.weight)


def frame_digest(frame: Iterable[Member]) -> str:
    """SHA-256 of the canonical JSON [[code, stratum, weight], …] in the order of codes."""
    rows = sorted([one.code, one.stratum, f"{one.weight:f}"] for one in frame)
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Looked:
    """One cell that was compared: reported and found, None = no number stood there. stands_for: how many institutions
    of its stratum each drawn one stands for."""

    item: str
    reported: Decimal | None
    found: Decimal | None
    stands_for: Fraction = Fraction(1)


def agrees(cell: Looked, tolerance: Decimal) -> bool:
    """Whether a reported number is within the tolerance of what was found; a missing one agrees with a missing one.

    >>> agrees(Looked("110", Decimal(101), Decimal(100)), Decimal("0.01"))
    True
    """
    if cell.reported is None or cell.found is None:
        return cell.reported is cell.found
    return abs(cell.reported - cell.found) <= tolerance * abs(cell.found)


@dataclass(frozen=True, slots=True)
class Score:
    """Data quality: agreeing ÷ checked, each cell with its item's weight times what it stands for; None where nothing
    was checked."""

    cells: int
    agreeing: int
    value: Decimal | None


def score(cells: Sequence[Looked], tolerance: Decimal, weights: Mapping[str, Decimal]) -> Score:
    """The score of the cells that were looked at, to four places. weights: `item:110` → weight, `item_weight` else.

    >>> two = [Looked("110", Decimal(1), Decimal(1)), Looked("120", Decimal(1), Decimal(2))]
    >>> score(two, Decimal("0.01"), {"item_weight": Decimal(1), "item:110": Decimal(3)}).value
    Decimal('0.7500')
    """
    right = whole = Fraction(0)
    agreeing = 0
    for cell in cells:
        weight = Fraction(weights.get(f"item:{cell.item}", weights["item_weight"])) * cell.stands_for
        whole += weight
        if agrees(cell, tolerance):
            agreeing += 1
            right += weight
    value = (
        Decimal(round(right / whole * 10_000)).scaleb(-4) if whole else None
    )  # exact; halves to the even one
    return Score(len(cells), agreeing, value)
