"""Judge returns by rules: what is wrong or asks for a look, at which cell, and by which numbers.

One pass takes n ≥ 1 returns; typing in a cell, a workbook and a city call the same `check`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jieyue.domain import rule_statistics as statistics
from jieyue.domain.quantity import SCALE, fixed_text
from jieyue.domain.review_panel import TCE, Bools, Desk, DeskSource, Ints
from jieyue.domain.rule_eval import evaluate
from jieyue.domain.rule_text import READERS, Binary, Call, Cell, Node, Not, Number, cells_of, parse

Floats = NDArray[np.float64]
#: Comparisons that need the other institutions beside; where only a few are there they say nothing.
AMONG_MANY: Final = frozenset({"moved", "peers", "copied_institution"})
#: Rules that give way where a number of the same return seems to stand in another unit.
GIVE_WAY: Final = frozenset({"price", "moved", "peers"})
#: Institutions whose items are looked at together: a pass over arrays costs the same for one number and for hundreds.
_FEW: Final = 16


@dataclass(frozen=True)
class Rule:
    """A rule ready to judge.

    node: of `holds` rules. on: items that a finding stands at. limits: by name. exempt: `member` = does not judge
    who is reported inside another's return.
    """

    code: str
    form: str
    kind: str
    severity: str
    periods: frozenset[str]
    op: str
    node: Node | None
    items: Mapping[str, str]
    on: tuple[str, ...]
    limits: Mapping[str, Fraction]
    exempt: str = ""

    @cached_property
    def reads(self) -> tuple[tuple[str, str, str], ...]:
        """(reader, form, item) of every cell that its text looks at, each once."""
        return () if self.node is None else tuple(_reads(self.node))

    def limit(self, name: str) -> float:
        """A limit as a float: it decides what a person is asked about."""
        return float(self.limits[name])


@dataclass(frozen=True)
class Flag:
    """What a rule says of one return: at which item, its value (None = missing), and the numbers judged by."""

    rule: str
    severity: str
    subject: int
    period: str
    item: str
    value: str | None
    facts: Mapping[str, str] = field(default_factory=dict)


def rule_of(
    *,
    code: str,
    form: str,
    kind: str,
    severity: str,
    periods: Iterable[str],
    op: str,
    text: str,
    items: Mapping[str, str],
    on: Sequence[str],
    limits: Mapping[str, Fraction | None],
    exempt: str = "",
) -> Rule | None:
    """A rule made ready; None where a limit of it is not set. Raises RuleTextError."""
    if any(limit is None for limit in limits.values()):
        parse(text, form=form, parameters={name: Fraction(0) for name in limits}) if text else None
        return None
    known = {name: limit for name, limit in limits.items() if limit is not None}
    node = parse(text, form=form, parameters=known) if text else None
    stands = (
        tuple(on) or tuple(cell.code for cell in cells_of(node) if cell.form == form)[:1]
        if node
        else tuple(on)
    )
    return Rule(code, form, kind, severity, frozenset(periods), op, node, dict(items), stands, known, exempt)


def check(desk: Desk, rules: Iterable[Rule], kind: str, *, wanted: Bools | None = None) -> list[Flag]:
    """Flags of the returns of a desk, in the order of rules, subjects and periods.

    kind: letter of the periods (M, Q, Y, H). wanted: which periods are judged (default all); the others are looked
    at only beside them.
    """
    judge = _Judge(
        desk, [rule for rule in rules if kind in rule.periods and rule.form == desk.panel.form], wanted
    )
    return judge.flags()


class _Judge:
    def __init__(self, desk: Desk, rules: Sequence[Rule], wanted: Bools | None) -> None:
        self._desk, self._rules = desk, rules
        self._source = DeskSource(desk)
        shape = desk.panel.filed.shape
        chosen = np.ones(shape[1], dtype=bool) if wanted is None else wanted
        self._judged = np.broadcast_to(chosen, shape)
        self._open = desk.panel.filed & self._judged
        self._units = np.zeros(shape, dtype=bool)
        self._offs: dict[tuple[str, str], Ints] = {}
        self._found: list[tuple[Rule, str, Bools, Callable[[int, int], Mapping[str, str]]]] = []

    def flags(self) -> list[Flag]:
        """All flags found, in the order of the rules."""
        for rule in self._rules:
            _OPS[rule.op](self, rule)
        return [
            flag for rule, item, where, facts in self._found for flag in self._of(rule, item, where, facts)
        ]

    def _of(
        self, rule: Rule, item: str, where: Bools, facts: Callable[[int, int], Mapping[str, str]]
    ) -> Iterable[Flag]:
        panel = self._desk.panel
        if rule.op in GIVE_WAY:
            where = where & ~self._units
        values, known = panel.item(item)
        for row, column in zip(*(places.tolist() for places in np.nonzero(where)), strict=True):
            value = fixed_text(int(values[row, column])) if known[row, column] else None
            yield Flag(
                rule.code,
                rule.severity,
                int(self._desk.subjects[row]),
                panel.periods[column],
                item,
                value,
                facts(row, column),
            )

    def add(
        self, rule: Rule, item: str, where: Bools, facts: Callable[[int, int], Mapping[str, str]]
    ) -> None:
        """Remember where a rule says something."""
        if rule.exempt == "member":
            where = where & ~self._desk.member
        if where.any():
            self._found.append((rule, item, where, facts))

    def _stated(self, item: str) -> bool:
        """Whether a return under review gives the item a number other than 0."""
        values, known = self._desk.panel.item(item)
        return bool((known & (values != 0) & self._open).any())

    def _numbers(self, cells: Sequence[tuple[str, str, str]]) -> Callable[[int, int], Mapping[str, str]]:
        """The values of cells (reader, form, item) at a return; missing ones are left out."""
        width = self._desk.panel.filed.shape[1]

        def facts(row: int, column: int) -> Mapping[str, str]:
            place = row * width + column
            said: dict[str, str] = {}
            for reader, form, code in cells:
                found = self._source.cell(reader, form, code)
                if found.known[place]:
                    own = "" if form == self._desk.panel.form else form
                    said[":".join(filter(None, (reader, own, code)))] = fixed_text(int(found.values[place]))
            return said

        return facts

    def holds(self, rule: Rule) -> None:
        """The rule's text must be true."""
        assert rule.node is not None
        truth = evaluate(rule.node, self._source)
        wrong = truth.fails.reshape(self._open.shape) & self._open
        self.add(rule, rule.on[0], wrong, self._numbers(rule.reads))
        self._ask(rule, rule.reads, ~truth.known.reshape(self._open.shape) & self._open)

    def _ask(self, rule: Rule, reads: Sequence[tuple[str, str, str]], unknown: Bools) -> None:
        """A rule within one return that cannot be judged because part of it is missing asks for that part."""
        form = self._desk.panel.form
        codes = [code for _, _, code in reads]
        if not unknown.any() or any(reader or other != form for reader, other, _ in reads) or TCE in codes:
            return
        stated = np.zeros_like(unknown)
        for code in codes:
            values, known = self._desk.panel.item(code)
            stated |= known & (values != 0)
        for code in codes:
            missing = unknown & stated & ~self._desk.panel.item(code)[1]
            self.add(replace(rule, severity="warning"), code, missing, _nothing)

    def required(self, rule: Rule) -> None:
        """The item must be stated."""
        for item in rule.items.values():
            known = self._desk.panel.item(item)[1]
            self.add(rule, item, self._open & ~known, _nothing)

    def no_return(self, rule: Rule) -> None:
        """A return that is owed must be there."""
        self.add(rule, "", self._desk.due & ~self._desk.panel.filed & self._judged, _nothing)

    def member_filed(self, rule: Rule) -> None:
        """Who is reported inside another's return files none of its own."""
        self.add(rule, rule.on[0], self._open & self._desk.member, _nothing)

    def price(self, rule: Rule) -> None:
        """Cost over quantity, against the local list, else the institution's own, else the default range."""
        if not (self._stated(rule.items["q"]) and self._stated(rule.items["c"])):
            return
        quantity, cost = (self._desk.history(rule.items[name]) for name in ("q", "c"))
        usable = quantity[1] & cost[1] & (quantity[0] > 0) & (cost[0] > 0)
        price = np.divide(cost[0], quantity[0], out=np.full(usable.shape, np.nan), where=usable)
        low, high = statistics.price_limits(
            price,
            self._desk.prices.get(rule.items["c"]),
            (rule.limit("min"), rule.limit("max")),
            share=rule.limit("share"),
            least=int(rule.limit("least")),
        )
        with np.errstate(invalid="ignore"):
            wrong = (price < low) | (price > high)
        here = slice(-self._open.shape[1], None)
        numbers = self._numbers([("", rule.form, code) for code in rule.items.values()])
        price, low, high = price[:, here], low[:, here], high[:, here]

        def facts(row: int, column: int) -> Mapping[str, str]:
            shown = {"price": price, "low": low, "high": high}
            return {**numbers(row, column), **{name: f"{of[row, column]:.4g}" for name, of in shown.items()}}

        self.add(rule, rule.items["c"], wrong[:, here] & self._open, facts)

    def scale(self, rule: Rule) -> None:
        """A value some thousand times off the institution's other periods."""
        item = rule.items["q"]
        if not self._stated(item):
            return
        off = self._off(rule)
        wrong = (off != 0) & self._open
        self._units |= wrong
        self.add(rule, item, wrong, lambda row, column: {"factor": _factor(int(off[row, column]))})

    def _off(self, rule: Rule) -> Ints:
        """By which factor the item of a rule is off, of each return; see `scale_mixups`.

        Of few returns the items that are judged by the same limits are looked at together: one item of one return
        costs as much as all of them.
        """
        found = self._offs.get(_place(rule))
        if found is None:
            alike = [rule]
            if len(self._open) <= _FEW:
                others = (one for one in self._rules if one.op == "scale" and one.limits == rule.limits)
                alike = [one for one in others if self._stated(one.items["q"])]
            self._offs |= zip(map(_place, alike), self._mixups(alike), strict=True)
            found = self._offs[_place(rule)]
        return found

    def _mixups(self, alike: Sequence[Rule]) -> Iterable[Ints]:
        """`scale_mixups` of rules with the same limits, one item below the other."""
        limits, width = alike[0], self._open.shape[1]
        series = [statistics.logs(*self._desk.history(one.items["q"])) for one in alike]
        off = statistics.scale_mixups(
            np.concatenate(series),
            sorted(int(factor) for name, factor in limits.limits.items() if name.startswith("factor_")),
            tolerance=limits.limit("tolerance"),
            least=int(limits.limit("least")),
            season=width,
        )
        return np.split(off[:, -width:], len(alike))

    def level(self, rule: Rule) -> None:
        """A stock that is several times what the institution states in its other periods."""
        item = rule.items["q"]
        if not self._stated(item):
            return
        series = statistics.logs(*self._desk.history(item))
        usual = statistics.own_level(series)
        others = np.isfinite(series).sum(axis=1, keepdims=True) - np.isfinite(series)
        with np.errstate(invalid="ignore"):
            far = (np.abs(series - usual) > np.log(rule.limit("times"))) & (
                others >= int(rule.limit("least"))
            )
        here = slice(-self._open.shape[1], None)
        usual = np.exp(usual[:, here])
        self.add(
            rule,
            item,
            far[:, here] & self._open,
            lambda row, column: {"usual": f"{usual[row, column] / SCALE:.6g}"},
        )

    def moved(self, rule: Rule) -> None:
        """A change in a year that stands out of those of the peers."""
        item = rule.items["q"]
        if self._desk.before is None:
            return
        now = statistics.logs(*self._desk.panel.item(item))
        then = statistics.logs(*self._desk.before.item(item))
        numbers = self._numbers([("", rule.form, item), ("prev_year", rule.form, item)])
        least = int(rule.limit("least"))
        for column in np.flatnonzero(self._judged.any(axis=0)):
            net = statistics.moved(now[:, column], then[:, column], self._desk.groups, least=least)
            score = statistics.standing_out(net, self._desk.groups, least=least)
            with np.errstate(invalid="ignore"):
                far = (np.abs(score) > rule.limit("deviations")) & (np.abs(net) > np.log(rule.limit("times")))
            where = np.zeros_like(self._open)
            where[:, column] = far & self._open[:, column]
            self.add(rule, item, where, numbers)

    def peers(self, rule: Rule) -> None:
        """An amount for each unit of area or person that stands out of those of the peers."""
        above, below = rule.items["q"], rule.items["a"]
        amount = statistics.logs(*self._desk.panel.item(above)) - statistics.logs(
            *self._desk.panel.item(below)
        )
        numbers = self._numbers([("", rule.form, above), ("", rule.form, below)])
        for column in np.flatnonzero(self._judged.any(axis=0)):
            score = statistics.standing_out(
                amount[:, column], self._desk.groups, least=int(rule.limit("least"))
            )
            with np.errstate(invalid="ignore"):
                far = np.abs(score) > rule.limit("deviations")
            where = np.zeros_like(self._open)
            where[:, column] = far & self._open[:, column]
            self.add(rule, above, where, numbers)

    def copied_period(self, rule: Rule) -> None:
        """The very numbers of another period of the same institution."""
        items = self._flows()
        values, known = (
            np.stack(parts, axis=-1) for parts in zip(*map(self._desk.history, items), strict=True)
        )
        offset = values.shape[1] - self._open.shape[1]
        judged = (np.flatnonzero(self._judged.any(axis=0)) + offset).tolist()
        source = statistics.copied_periods(values, known, least=int(rule.limit("least")), judged=judged)
        before = () if self._desk.before is None else self._desk.before.periods
        periods = (*before, *self._desk.panel.periods)
        here = source[:, -self._open.shape[1] :]
        self.add(
            rule,
            self._shown(rule, items),
            (here >= 0) & self._open,
            lambda row, column: {"period": periods[here[row, column]]},
        )

    def copied_institution(self, rule: Rule) -> None:
        """The very numbers of another institution in the same period."""
        items = self._flows()
        tables = [self._desk.panel.item(item) for item in items]
        for column in np.flatnonzero(self._judged.any(axis=0)):
            values = np.stack([table[0][:, column] for table in tables], axis=-1)
            known = np.stack([table[1][:, column] for table in tables], axis=-1)
            source = statistics.copied_institutions(values, known, least=int(rule.limit("least")))
            where = np.zeros_like(self._open)
            where[:, column] = (source >= 0) & self._open[:, column]
            self.add(rule, self._shown(rule, items), where, self._names(source))

    def _names(self, source: Ints) -> Callable[[int, int], Mapping[str, str]]:
        return lambda row, _: {"institution": str(self._desk.subjects[source[row]])}

    def _flows(self) -> list[str]:
        return sorted(self._desk.flows & self._desk.panel.items.keys())

    def _shown(self, rule: Rule, items: Sequence[str]) -> str:
        return rule.on[0] if rule.on else items[0]


def _place(rule: Rule) -> tuple[str, str]:
    """A rule of one item: rules of the same name stand at several items."""
    return rule.code, rule.items["q"]


def _nothing(_row: int, _column: int) -> Mapping[str, str]:
    return {}


def _factor(off: int) -> str:
    return f"×{off}" if off > 0 else f"÷{-off}"


def _reads(node: Node) -> list[tuple[str, str, str]]:
    """(reader, form, item) of every cell that a rule looks at, each once."""
    if isinstance(node, Cell):
        return [("", node.form, node.code)]
    if isinstance(node, Number):
        return []
    if isinstance(node, Not):
        return _reads(node.inner)
    if isinstance(node, Call):
        if node.name in READERS:
            (cell,) = node.arguments
            assert isinstance(cell, Cell)
            return [(node.name, cell.form, cell.code)]
        parts: tuple[Node, ...] = node.arguments
    else:
        assert isinstance(node, Binary)
        parts = (node.left, node.right)
    return list(dict.fromkeys(read for part in parts for read in _reads(part)))


_OPS: Final[dict[str, Callable[[_Judge, Rule], None]]] = {
    "holds": _Judge.holds,
    "required": _Judge.required,
    "no_return": _Judge.no_return,
    "member_filed": _Judge.member_filed,
    "price": _Judge.price,
    "scale": _Judge.scale,
    "level": _Judge.level,
    "moved": _Judge.moved,
    "peers": _Judge.peers,
    "copied_period": _Judge.copied_period,
    "copied_institution": _Judge.copied_institution,
}
