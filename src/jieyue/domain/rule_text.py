"""The language of review rules: a text such as `#150 == #1501 + #1502` becomes a typed tree. No eval.

    rule       = implied
    implied    = either [ "IMPLIES" either ]
    either     = both { "OR" both }          both = negated { "AND" negated }
    negated    = [ "NOT" ] compared
    compared   = sum [ ( "==" | "!=" | "<=" | ">=" | "<" | ">" ) sum ]
    sum        = product { ( "+" | "-" ) product }
    product    = signed { ( "*" | "/" ) signed }
    signed     = [ "-" ] atom
    atom       = NUMBER | ITEM | NAME | NAME "(" rule { "," rule } ")" | "(" rule ")"

ITEM is `#110` (of the rule's own form) or `NY202:240`; NAME a parameter of the rule or a function. Types: quantity
(a sum of items in one unit, exact), real (after a product, ratio or function of them) and truth.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final, Literal

from jieyue.domain.errors import DomainError
from jieyue.domain.quantity import SCALE

Kind = Literal["quantity", "real", "truth"]
#: Function → (kinds of its arguments, kind of its value). The first group reads another return of the same subject.
READERS: Final = ("prev_year", "prev_period", "base_year", "sum_periods", "sum_instances", "same_period")
FUNCTIONS: Final[Mapping[str, tuple[tuple[Kind, ...], Kind]]] = {
    **dict.fromkeys(READERS, (("quantity",), "quantity")),
    "abs": (("quantity",), "quantity"),
    "ratio": (("quantity", "quantity"), "real"),
    "change": (("real", "real"), "real"),
    "given": (("quantity",), "truth"),
    "explained": (("quantity",), "truth"),
}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<item>#[0-9A-Za-z_]+|[A-Z]{2}\d{3}:[0-9A-Za-z_]+)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<sign>==|!=|<=|>=|[-+*/<>(),]))"
)
_COMPARE = ("==", "!=", "<=", ">=", "<", ">")


class RuleTextError(DomainError):
    """A rule's text that is not of the language; the message says where."""


@dataclass(frozen=True)
class Number:
    """A decimal, exact."""

    value: Fraction

    @cached_property
    def scaled(self) -> int | float:
        """In ten-thousandths, where it has no more places; else as it is, as a float."""
        scaled = self.value * SCALE
        return scaled.numerator if scaled.denominator == 1 else float(self.value)


@dataclass(frozen=True, slots=True)
class Cell:
    """An item of a form."""

    form: str
    code: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments."""

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Two sides and what joins them: + - * / == != <= >= < > AND OR IMPLIES."""

    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    inner: "Node"


Node = Number | Cell | Call | Binary | Not


def parse(text: str, *, form: str, parameters: Mapping[str, Fraction] | None = None) -> Node:
    """The tree of a rule, whose value is a truth. Raises RuleTextError.

    >>> parse("#150 == #1501 + #1502", form="NY201").sign
    '=='
    >>> parse("#150 +", form="NY201")
    Traceback (most recent call last):
    jieyue.domain.rule_text.RuleTextError: rule "#150 +": something is missing at the end
    """
    reader = _Reader(text, form, parameters or {})
    node = reader.implied()
    if reader.next is not None:
        raise reader.wrong(f"“{reader.next[1]}”不该在这里", f"{reader.next[1]!r} is not expected here")
    if kind_of(node, text) != "truth":
        raise _wrong(text, "应是一个判断", "it must be true or false")
    return node


class _Reader:
    """Tokens one after another; one method a line of the grammar."""

    def __init__(self, text: str, form: str, parameters: Mapping[str, Fraction]) -> None:
        self.text, self.form, self.parameters = text, form, parameters
        self.place = 0
        self.next: tuple[str, str] | None = None
        self.advance()

    def advance(self) -> None:
        rest = self.text[self.place :]
        if not rest.strip():
            self.next = None
            return
        found = _TOKEN.match(self.text, self.place)
        if found is None or found.lastgroup is None:
            raise self.wrong(f"看不懂“{rest.strip()[:12]}”", f"{rest.strip()[:12]!r} is not understood")
        self.place = found.end()
        self.next = (found.lastgroup, found[found.lastgroup])

    def take(self, *texts: str) -> str | None:
        if self.next is not None and self.next[0] in ("sign", "name") and self.next[1] in texts:
            taken = self.next[1]
            self.advance()
            return taken
        return None

    def wrong(self, zh: str, en: str) -> RuleTextError:
        return _wrong(self.text, zh, en)

    def implied(self) -> Node:
        left = self.either()
        return Binary("IMPLIES", left, self.either()) if self.take("IMPLIES") else left

    def either(self) -> Node:
        left = self.both()
        while self.take("OR"):
            left = Binary("OR", left, self.both())
        return left

    def both(self) -> Node:
        left = self.negated()
        while self.take("AND"):
            left = Binary("AND", left, self.negated())
        return left

    def negated(self) -> Node:
        return Not(self.negated()) if self.take("NOT") else self.compared()

    def compared(self) -> Node:
        left = self.total()
        sign = self.take(*_COMPARE)
        return Binary(sign, left, self.total()) if sign else left

    def total(self) -> Node:
        left = self.product()
        while sign := self.take("+", "-"):
            left = Binary(sign, left, self.product())
        return left

    def product(self) -> Node:
        left = self.signed()
        while sign := self.take("*", "/"):
            left = Binary(sign, left, self.signed())
        return left

    def signed(self) -> Node:
        if self.take("-"):
            return Binary("-", Number(Fraction(0)), self.atom())
        return self.atom()

    def atom(self) -> Node:
        if self.take("("):
            node = self.implied()
            self.close()
            return node
        if self.next is None:
            raise self.wrong("末尾缺了东西", "something is missing at the end")
        kind, said = self.next
        self.advance()
        if kind == "number":
            return Number(Fraction(said))
        if kind == "item":
            own = said.startswith("#")
            return Cell(self.form, said[1:]) if own else Cell(*said.split(":"))
        if kind == "name" and said in FUNCTIONS and self.take("("):
            return self.call(said)
        if kind == "name" and said in self.parameters:
            return Number(self.parameters[said])
        raise self.wrong(f"不认识“{said}”", f"{said!r} is not known")

    def call(self, name: str) -> Node:
        arguments = [self.implied()]
        while self.take(","):
            arguments.append(self.implied())
        self.close()
        return Call(name, tuple(arguments))

    def close(self) -> None:
        if not self.take(")"):
            raise self.wrong("缺右括号", "a closing bracket is missing")


def kind_of(node: Node, text: str = "") -> Kind:
    """The kind of a tree's value. Raises RuleTextError where kinds do not fit."""
    if isinstance(node, Number | Cell):
        return "quantity"
    if isinstance(node, Not):
        return _need("truth", node.inner, text)
    if isinstance(node, Call):
        wanted, given = FUNCTIONS[node.name]
        if len(wanted) != len(node.arguments):
            raise _wrong(
                text, f"{node.name} 要 {len(wanted)} 个参数", f"{node.name} takes {len(wanted)} arguments"
            )
        if node.name in READERS and not isinstance(node.arguments[0], Cell):
            raise _wrong(text, f"{node.name} 只读一个指标", f"{node.name} reads one item")
        for kind, argument in zip(wanted, node.arguments, strict=True):
            _need(kind, argument, text)
        return given
    if node.sign in ("AND", "OR", "IMPLIES"):
        _need("truth", node.left, text)
        return _need("truth", node.right, text)
    kinds = (_need("real", node.left, text), _need("real", node.right, text))
    if node.sign in _COMPARE:
        return "truth"
    if node.sign in ("+", "-"):
        return "quantity" if kinds == ("quantity", "quantity") else "real"
    return "real"


def _need(wanted: Kind, node: Node, text: str) -> Kind:
    """The node's kind, if it may stand where `wanted` is; a quantity may stand for a real."""
    kind = kind_of(node, text)
    if kind != wanted and not (wanted == "real" and kind == "quantity"):
        raise _wrong(text, f"这里要 {wanted}，却是 {kind}", f"{wanted} is needed where {kind} stands")
    return kind


def cells_of(node: Node) -> tuple[Cell, ...]:
    """The items that a rule speaks of, in their order, each once."""
    if isinstance(node, Cell):
        return (node,)
    if isinstance(node, Number):
        return ()
    if isinstance(node, Not):
        return cells_of(node.inner)
    parts = node.arguments if isinstance(node, Call) else (node.left, node.right)
    return tuple(dict.fromkeys(cell for part in parts for cell in cells_of(part)))


def calls_of(node: Node) -> tuple[str, ...]:
    """The functions that a rule calls, in their order, each once."""
    if isinstance(node, Cell | Number):
        return ()
    if isinstance(node, Not):
        return calls_of(node.inner)
    own, parts = ((node.name,), node.arguments) if isinstance(node, Call) else ((), (node.left, node.right))
    return tuple(dict.fromkeys([*own, *(name for part in parts for name in calls_of(part))]))


def _wrong(text: str, zh: str, en: str) -> RuleTextError:
    return RuleTextError("rule_text", zh=f"规则“{text}”：{zh}", en=f'rule "{text}": {en}')
