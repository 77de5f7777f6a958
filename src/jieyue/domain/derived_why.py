"""Derived figures of why energy and money changed, from the values of their parts in the order of a receipt."""

from collections.abc import Sequence
from fractions import Fraction

from jieyue.domain.attribution import Side, attribute, price_effect
from jieyue.domain.derived import Op, Outcome

Values = Sequence[Fraction | None]


def why_energy(op: Op, values: Values) -> Outcome:
    """What the size did to the energy of the carriers (`SIZE`), or the use per size of the one (`INTENSITY`).

    values: energy now, then, size now, then, then of each carrier its share [%] now, then.

    >>> values = [Fraction(number) for number in (200, 100, 2, 1, 100, 100)]
    >>> round(float(why_energy(Op.SIZE, values).value), 6), float(why_energy(Op.INTENSITY, values).value)
    (100.0, 0.0)
    >>> why_energy(Op.SIZE, [*values[:5], None]).reason
    'missing'
    """
    now, then, size_now, size_then, *shares = values
    names = [str(place) for place in range(len(shares) // 2)]
    after = dict(zip(names, (_part(now, share) for share in shares[::2]), strict=True))
    before = dict(zip(names, (_part(then, share) for share in shares[1::2]), strict=True))
    found = attribute(Side(size_then, before), Side(size_now, after))
    if found.intensities is None:
        return Outcome(None, "missing")
    return Outcome(found.size if op is Op.SIZE else sum(found.intensities.values(), Fraction(0)))


def why_money(op: Op, values: Values, kgce: Fraction) -> Outcome:
    """What the price (`PRICE`) or the quantity (`QUANTITY`) did to a carrier's cost.

    values: energy [tce] now, then, share of the carrier [%] now, then, price [yuan a unit] now, then; kgce: of a unit.

    >>> values = [Fraction(number) for number in (2, 1, 100, 100, 3, 3)]
    >>> why_money(Op.QUANTITY, values, Fraction(1000)).value, why_money(Op.PRICE, values, Fraction(1000)).value
    (Fraction(3, 1), Fraction(0, 1))
    """
    now, then, share_now, share_then, price_now, price_then = values
    costs = cost(now, share_now, price_now, kgce), cost(then, share_then, price_then, kgce)
    if costs[0] is None or costs[1] is None:
        return Outcome(None, "missing")
    effect = price_effect(
        quantity_now=_quantity(now, share_now, kgce),
        quantity_then=_quantity(then, share_then, kgce),
        price_now=price_now or Fraction(0),
        price_then=price_then or Fraction(0),
    )
    return Outcome(effect if op is Op.PRICE else costs[0] - costs[1] - effect)


def cost(
    energy: Fraction | None, share: Fraction | None, price: Fraction | None, kgce: Fraction
) -> Fraction | None:
    """Money of a carrier: what was not used costs nothing, without a price.

    >>> cost(Fraction(1), Fraction(0), None, Fraction(1)), cost(Fraction(1), Fraction(50), None, Fraction(1))
    (Fraction(0, 1), None)
    """
    if energy is None or share is None:
        return None
    quantity = _quantity(energy, share, kgce)
    if not quantity:
        return Fraction(0)
    return None if price is None else quantity * price


def _part(energy: Fraction | None, share: Fraction | None) -> Fraction | None:
    return None if energy is None or share is None else energy * share / 100


def _quantity(energy: Fraction | None, share: Fraction | None, kgce: Fraction) -> Fraction:
    return (_part(energy, share) or Fraction(0)) * 1000 / kgce
