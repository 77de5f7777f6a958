"""Which institution or node a row speaks of: by credit code, code, name, former name, alias; then by answer.

What is left is offered as candidates by likeness, once for each text; nothing is ever matched by likeness.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jieyue.apps.exchange.numbers import half_width

Kind = Literal["institution", "node"]
How = Literal["credit_code", "code", "name", "former_name", "alias", "answer", "node", "total"]
_TOTAL_END = re.compile(r"(?:合计|总计|汇总|小计|total)$")
_TOTAL = re.compile(
    r"(?:合\s*计|总\s*计|小\s*计|共\s*计|汇\s*总|总\s*量|(?:grand\s*|sub)?total)[:：]?", re.IGNORECASE
)
_ALIKE = str.maketrans("[]【】〔〕「」•・", "()()()()··")
CITY_WORDS = ("全市", "市级汇总", "本市", "citytotal")
_TREES = ("area", "department", "line", "type")
LIKELY, OFFERED = 0.45, 5


def key(text: str) -> str:
    """What a name is compared by: compatibility form, no white space, lower case, round brackets only.

    >>> key("重庆市 示例局（本级）") == key("重庆市示例局(本级)")
    True
    """
    return "".join(half_width(text).split()).lower().translate(_ALIKE)


@dataclass(frozen=True, slots=True)
class Entry:
    """An institution as the matcher needs it."""

    id: int
    code: str
    name: str
    credit_code: str = ""
    former_names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeEntry:
    """A node that a declared total may stand for: `ref` = city, area:CODE, department:CODE, line:CODE."""

    ref: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a row speaks of. `id` of an institution, `ref` of a node; `how` it was found."""

    kind: Kind
    how: How
    id: int | None = None
    ref: str = ""
    code: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        """Short text for findings."""
        return self.ref if self.kind == "node" else f"{self.code} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several institutions or nodes go by this text."""

    candidates: tuple[str, ...]
    node: bool = False


#: The ways in which an institution is found, in their order → its texts.
_WORDS: Mapping[How, Callable[[Entry], Sequence[str]]] = {
    "credit_code": lambda entry: (entry.credit_code,),
    "code": lambda entry: (entry.code,),
    "name": lambda entry: (entry.name,),
    "former_name": lambda entry: entry.former_names,
    "alias": lambda entry: entry.aliases,
}


class Directory:
    """Institutions and nodes as of a day, with the answers that people gave before."""

    def __init__(
        self,
        entries: Iterable[Entry],
        nodes: Iterable[NodeEntry] = (),
        answers: Mapping[str, int] | None = None,
    ) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self.nodes = tuple(nodes)
        self.answers = {key(text): number for text, number in (answers or {}).items()}
        self._indices: dict[How, dict[str, list[int]]] = {}
        self._refs = {node.ref.lower(): node for node in self.nodes}
        self._node_names: dict[str, list[NodeEntry]] = defaultdict(list)
        for node in self.nodes:
            for text in {key(name) for name in (node.name, *node.aliases) if name}:
                self._node_names[text].append(node)
        self._grams: dict[str, list[int]] | None = None

    def find(self, text: str, ways: Iterable[How] | None = None) -> Subject | Ambiguous | None:
        """The subject of a text; `ways` limits the ways and, if given, leaves nodes out."""
        wanted = key(text)
        if not wanted:
            return None
        for way in ways or _WORDS:
            numbers = self._index(way).get(wanted, ())
            if len(numbers) == 1:
                return self._subject(numbers[0], way)
            if numbers:
                number = self.answers.get(wanted)
                if number in numbers:
                    return self._subject(number, "answer")
                shown = (self._subject(number, way).label for number in numbers[:8])
                return Ambiguous(tuple(shown))
        if wanted in self.answers and self.answers[wanted] in self.entries:
            return self._subject(self.answers[wanted], "answer")
        return self.find_node(text) if ways is None else None

    def _index(self, way: How) -> Mapping[str, list[int]]:
        """What is compared → institutions; made when it is first asked for: a file with codes needs no names."""
        if way not in self._indices:
            words = _WORDS[way]
            index: dict[str, list[int]] = defaultdict(list)
            for entry in self.entries.values():
                for text in {key(text) for text in words(entry) if text}:
                    index[text].append(entry.id)
            self._indices[way] = index
        return self._indices[way]

    def _subject(self, number: int, how: How) -> Subject:
        entry = self.entries[number]
        return Subject("institution", how, id=number, code=entry.code, name=entry.name)

    def find_node(self, text: str) -> Subject | Ambiguous | None:
        """A node by ``area:CODE``, by its name, or by its name with 合计 behind it."""
        wanted = key(text)
        node = self._refs.get(wanted)
        if node:
            return Subject("node", "node", ref=node.ref, name=node.name)
        bare = _TOTAL_END.sub("", wanted)
        if bare != wanted and bare in map(key, CITY_WORDS) and "city" in self._refs:
            return Subject("node", "total", ref="city", name=self._refs["city"].name)
        nodes = self._node_names.get(wanted) or (self._node_names.get(bare, []) if bare else [])
        if len(nodes) > 1:
            return Ambiguous(tuple(node.ref for node in nodes), node=True)
        if nodes:
            return Subject(
                "node", "node" if bare == wanted else "total", ref=nodes[0].ref, name=nodes[0].name
            )
        return None

    def names_of(self, number: int) -> set[str]:
        """All texts by which an institution goes, as compared."""
        entry = self.entries[number]
        own = {key(name) for name in (entry.name, *entry.former_names, *entry.aliases)}
        return own | {text for text, chosen in self.answers.items() if chosen == number}

    def candidates(self, text: str) -> tuple[tuple[int, str, str, float], ...]:
        """The likeliest institutions: Dice's coefficient over letter pairs, best first."""
        if self._grams is None:
            self._grams = defaultdict(list)
            for entry in self.entries.values():
                for gram in _grams(entry.name):
                    self._grams[gram].append(entry.id)
        wanted = _grams(text)
        shared: Counter[int] = Counter()
        for gram in wanted:
            shared.update(self._grams.get(gram, ()))
        scored = []
        for number, count in shared.most_common(200):
            entry = self.entries[number]
            likeness = 2 * count / (len(wanted) + len(_grams(entry.name)))
            if likeness >= LIKELY:
                scored.append((number, entry.code, entry.name, round(likeness, 3)))
        scored.sort(key=lambda one: (-one[3], one[1]))
        return tuple(scored[:OFFERED])


def _grams(text: str) -> set[str]:
    padded = f"^{key(text)}$"
    return {padded[place : place + 2] for place in range(len(padded) - 1)}


def looks_like_ref(text: str) -> bool:
    """True for ``city`` and ``tree:CODE``: such a text is never an institution's name."""
    shown = key(text)
    return shown == "city" or (shown.partition(":")[0] in _TREES and ":" in shown)


def is_total(text: str) -> bool:
    """True for 合计, 总计, Total and the like, standing alone."""
    return _TOTAL.fullmatch(half_width(text)) is not None
