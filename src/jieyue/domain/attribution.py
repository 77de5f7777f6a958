"""Why a sum changed: size and intensities, quantity and price, with no remainder (LMDI-I, additive).

A sum of parts, each part a size times an intensity: E = Σ A × (E_c ÷ A). Formula (Ang, B.W., The LMDI approach to
decomposition analysis: a practical guide, Energy Policy 33 (2005), additive form):

- effect of the size = Σ L(E_c now, E_c then) × ln(A now ÷ A then), L(a, b) = (a − b) ÷ ln(a ÷ b), L(a, a) = a
- effect of the intensity of c = L(E_c now, E_c then) × ln(I_c now ÷ I_c then)

Both add up to the change of the part. A logarithm has no last digit, so the effect of the size is taken to `DIGITS`
decimals and that of the intensity is what is left: they sum to the change exactly. A part that is zero on one side
takes the limit: L(a, 0) = 0, so its whole change is one of intensity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

from jieyue.domain.errors import DomainError

#: Decimals to which a product with a logarithm is taken: far below what any figure prints.
DIGITS: Final = 30
_CONTEXT: Final = Context(prec=80)
_LAST: Final = 10**DIGITS


class AttributionError(DomainError):
    """Columns of different lengths (`shape`)."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two periods: the size and the parts; None = missing."""

    size: Fraction | None
    parts: Mapping[str, Fraction | None]


@dataclass(frozen=True, slots=True)
class Attribution:
    """The effects, in the unit of the parts: `size` and `intensities` sum to `change` exactly.

    gaps: what stands in the way, `size_then`, `size_now`, `<part>_then`, `<part>_now`; then there are no effects.
    sizes: the effect of the size in each part.
    """

    change: Fraction | None = None
    size: Fraction | None = None
    sizes: Mapping[str, Fraction] | None = None
    intensities: Mapping[str, Fraction] | None = None
    gaps: tuple[str, ...] = ()


def size_effects(
    then: Sequence[Fraction],
    now: Sequence[Fraction],
    *,
    size_then: Sequence[Fraction],
    size_now: Sequence[Fraction],
) -> list[Fraction]:
    """L(now, then) × ln(size now ÷ size then) of each place of the columns, to `DIGITS` decimals, in the unit of `now`.

    Sizes are above zero, parts are not below zero. Of money: `then` and `now` the costs, the sizes the quantities.
    Raises AttributionError (`shape`, `sign`).

    >>> [round(float(one), 6) for one in size_effects(
    ...     [Fraction(100), Fraction(50), Fraction(0)], [Fraction(200), Fraction(50), Fraction(7)],
    ...     size_then=[Fraction(1)] * 3, size_now=[Fraction(2)] * 3)]
    [100.0, 34.657359, 0.0]
    """
    columns = (then, now, size_then, size_now)
    if len({len(column) for column in columns}) != 1:
        raise AttributionError(
            "shape",
            zh="两期的数值与规模应各有一列，长度相同",
            en="values and sizes of both periods need one column each, of one length",
        )
    if any(value < 0 for value in (*then, *now)) or any(value <= 0 for value in (*size_then, *size_now)):
        raise AttributionError(
            "sign",
            zh="数值不得小于 0，规模须大于 0，才能取对数",
            en="values must not be below 0 and sizes must be above 0: a logarithm is taken of them",
        )
    return [_effect(*row) for row in zip(*columns, strict=True)]


def attribute(then: Side, now: Side) -> Attribution:
    """What the size and what each part's intensity did to the sum of the parts.

    >>> found = attribute(Side(Fraction(1000), {"electricity": Fraction(100), "natural_gas": Fraction(0)}),
    ...                   Side(Fraction(2000), {"electricity": Fraction(200), "natural_gas": Fraction(7)}))
    >>> round(float(found.size), 6), {name: float(one) for name, one in found.intensities.items()}
    (100.0, {'electricity': 0.0, 'natural_gas': 7.0})
    >>> found.size + sum(found.intensities.values()) == found.change
    True
    >>> attribute(Side(None, {}), Side(Fraction(1), {"electricity": Fraction(1)})).gaps
    ('size_then', 'electricity_then')
    """
    names = tuple(dict.fromkeys((*then.parts, *now.parts)))
    gaps = _gaps(then, "then", names) + _gaps(now, "now", names)
    if gaps:
        return Attribution(gaps=gaps)
    before, after = _known(then, names), _known(now, names)
    assert then.size is not None
    assert now.size is not None
    count = len(names)
    effects = size_effects(before, after, size_then=[then.size] * count, size_now=[now.size] * count)
    changes = [b - a for a, b in zip(before, after, strict=True)]
    return Attribution(
        change=sum(changes, Fraction(0)),
        size=sum(effects, Fraction(0)),
        sizes=dict(zip(names, effects, strict=True)),
        intensities={name: whole - own for name, whole, own in zip(names, changes, effects, strict=True)},
    )


def price_effect(
    *, quantity_then: Fraction, quantity_now: Fraction, price_then: Fraction, price_now: Fraction
) -> Fraction:
    """L(cost now, cost then) × ln(price now ÷ price then), in money; what is left of the change is the quantity's.

    Where there was or is no quantity the price did nothing; one that was or is nothing did the whole.

    >>> half, more = Fraction(1, 2), Fraction(3, 5)
    >>> round(float(price_effect(
    ...     quantity_then=Fraction(1000), quantity_now=Fraction(1100), price_then=half, price_now=more)), 3)
    105.072
    >>> price_effect(quantity_then=Fraction(0), quantity_now=Fraction(9), price_then=half, price_now=more)
    Fraction(0, 1)
    """
    if not quantity_then or not quantity_now:
        return Fraction(0)
    then, now = quantity_then * price_then, quantity_now * price_now
    whole = now - then
    own = size_effects([then], [now], size_then=[quantity_then], size_now=[quantity_now])
    return whole - own[0]


def _gaps(side: Side, when: str, names: Sequence[str]) -> tuple[str, ...]:
    """Missing, or not such that a logarithm can be taken of it."""
    found = [] if side.size is not None and side.size > 0 else [f"size_{when}"]
    values = {name: side.parts.get(name) for name in names}
    found += [f"{name}_{when}" for name, value in values.items() if value is None or value < 0]
    return tuple(found)


def _known(side: Side, names: Sequence[str]) -> list[Fraction]:
    return [value for name in names if (value := side.parts[name]) is not None]


def _effect(then: Fraction, now: Fraction, size_then: Fraction, size_now: Fraction) -> Fraction:
    if not then or not now or size_then == size_now:
        return Fraction(0)
    grown = _log(size_now / size_then)
    mean = _decimal(now) if now == then else _CONTEXT.divide(_decimal(now - then), _log(now / then))
    return Fraction(round(Fraction(_CONTEXT.multiply(mean, grown)) * _LAST), _LAST)


def _log(ratio: Fraction) -> Decimal:
    return _CONTEXT.ln(_decimal(ratio))


def _decimal(value: Fraction) -> Decimal:
    return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))
