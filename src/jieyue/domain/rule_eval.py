"""Evaluate review rules over n returns at once, in three-valued logic.

A quantity is int64 ten-thousandths; sums and comparisons of quantities are exact. Products, ratios and changes are
float64: they are only compared with limits that ask for attention. What is missing is unknown; unknown neither
passes nor fires. Not used is 0.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from jieyue.domain.quantity import SCALE
from jieyue.domain.rule_text import READERS, Call, Cell, Node, Not, Number

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: Returns whose arrays of a rule's number are made once: a year of one institution's months, and a little more.
_FEW: Final = 16


class Quantity(NamedTuple):
    """Ten-thousandths, and whether each is known. The value of an unknown one is 0."""

    values: Ints
    known: Bools


class Real(NamedTuple):
    """Floats, and whether each is known."""

    values: Floats
    known: Bools


class Truth(NamedTuple):
    """True or not, and whether that is known. An unknown one is not true."""

    true: Bools
    known: Bools

    @property
    def fails(self) -> Bools:
        """Known to be false."""
        return self.known & ~self.true


class Source(Protocol):
    """The returns that rules look at: `size` of one form and period each, and what stands beside them."""

    size: int

    def cell(self, reader: str, form: str, code: str) -> Quantity:
        """An item of each return (reader ""), or of the return that the reader names, as n values."""
        ...

    def explained(self, form: str, code: str) -> Bools:
        """Whether somebody has noted why the cell is as it is (metered and not paid, and so on)."""
        ...


def evaluate(node: Node, source: Source) -> Truth:
    """The truth of a rule for each return."""
    value = _value(node, source)
    assert isinstance(value, Truth), "parse() lets only truths through"
    return value


def _value(node: Node, source: Source) -> Quantity | Real | Truth:
    if isinstance(node, Number):
        return _number(node.scaled, source.size)
    if isinstance(node, Cell):
        return source.cell("", node.form, node.code)
    if isinstance(node, Not):
        inner = _truth(node.inner, source)
        return Truth(inner.known & ~inner.true, inner.known)
    if isinstance(node, Call):
        return _call(node, source)
    if node.sign in _LOGIC:
        return _LOGIC[node.sign](_truth(node.left, source), _truth(node.right, source))
    left, right = _value(node.left, source), _value(node.right, source)
    assert not isinstance(left, Truth)
    assert not isinstance(right, Truth)
    if node.sign in ("+", "-"):
        return _sum(node.sign, left, right)
    if node.sign in ("*", "/"):
        return _product(node.sign, _real(left), _real(right))
    return _compare(node.sign, left, right)


def _number(scaled: int | float, size: int) -> Quantity | Real:
    return _of_few(scaled, size) if size <= _FEW else _of_many(scaled, size)


def _of_many(scaled: int | float, size: int) -> Quantity | Real:
    known = np.ones(size, dtype=bool)
    if isinstance(scaled, int):
        return Quantity(np.full(size, scaled, dtype=np.int64), known)
    return Real(np.full(size, scaled), known)


@lru_cache(maxsize=1024, typed=True)
def _of_few(scaled: int | float, size: int) -> Quantity | Real:
    """The same arrays for every return that is judged alone; nobody writes into them."""
    made = _of_many(scaled, size)
    for array in (made.values, made.known):
        array.flags.writeable = False
    return made


def _call(node: Call, source: Source) -> Quantity | Real | Truth:
    first = node.arguments[0]
    if node.name in READERS:
        assert isinstance(first, Cell)
        return source.cell(node.name, first.form, first.code)
    if node.name == "explained":
        assert isinstance(first, Cell)
        return Truth(source.explained(first.form, first.code), np.ones(source.size, dtype=bool))
    value = _value(first, source)
    if node.name == "abs":
        assert isinstance(value, Quantity)
        return Quantity(np.abs(value.values), value.known)
    if node.name == "given":
        assert isinstance(value, Quantity)
        return Truth(value.known, np.ones(source.size, dtype=bool))
    other = _value(node.arguments[1], source)
    assert not isinstance(value, Truth)
    assert not isinstance(other, Truth)
    if node.name == "change":
        value = _sum("-", value, other)
    # Of two quantities the ten-thousandths are divided, once: a limit that is met exactly is met here as well.
    both = isinstance(value, Quantity) and isinstance(other, Quantity)
    above, below = (_raw(value), _raw(other)) if both else (_real(value), _real(other))
    quotient = _product("/", above, below)
    return Real(np.abs(quotient.values), quotient.known) if node.name == "change" else quotient


def _truth(node: Node, source: Source) -> Truth:
    value = _value(node, source)
    assert isinstance(value, Truth)
    return value


def _and(left: Truth, right: Truth) -> Truth:
    true = left.true & right.true
    return Truth(true, true | left.fails | right.fails)


def _or(left: Truth, right: Truth) -> Truth:
    true = left.true | right.true
    return Truth(true, true | (left.known & right.known))


def _implies(left: Truth, right: Truth) -> Truth:
    return _or(Truth(left.fails, left.known), right)


_LOGIC: Final[dict[str, Callable[[Truth, Truth], Truth]]] = {"AND": _and, "OR": _or, "IMPLIES": _implies}


def _real(value: Quantity | Real) -> Real:
    return value if isinstance(value, Real) else Real(value.values / SCALE, value.known)


def _raw(value: Quantity | Real) -> Real:
    return Real(value.values.astype(np.float64), value.known)


def _sum(sign: str, left: Quantity | Real, right: Quantity | Real) -> Quantity | Real:
    known = left.known & right.known
    operation: Any = np.add if sign == "+" else np.subtract
    if isinstance(left, Quantity) and isinstance(right, Quantity):
        return Quantity(np.where(known, operation(left.values, right.values), 0), known)
    return Real(operation(_real(left).values, _real(right).values), known)


def _product(sign: str, left: Real, right: Real) -> Real:
    known = left.known & right.known
    if sign == "*":
        return Real(left.values * right.values, known)
    known = known & (right.values != 0)  # by nothing: there is no ratio
    return Real(np.divide(left.values, right.values, out=np.zeros_like(left.values), where=known), known)


_COMPARED: Final[dict[str, Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "<": np.less,
    ">": np.greater,
}


def _compare(sign: str, left: Quantity | Real, right: Quantity | Real) -> Truth:
    known = left.known & right.known
    if isinstance(left, Quantity) and isinstance(right, Quantity):
        return Truth(known & _COMPARED[sign](left.values, right.values), known)
    return Truth(known & _COMPARED[sign](_real(left).values, _real(right).values), known)
