"""Where the rows of an institution file put their institutions: area, type, department, line and unit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Self

from django.conf import settings

from jieyue.apps.exchange.institutions import InstitutionRow
from jieyue.apps.exchange.match import Ambiguous, Directory
from jieyue.apps.exchange.result import ACCEPTED, Report
from jieyue.apps.trees.queries import ROOT_CODE, UNIT, Tree, memberships, node_names, node_spans, tree
from jieyue.apps.trees.services.write import Span, membership_intervals
from jieyue.domain.tree import OPEN_END, Interval, apply_change, remove_span

#: Field of the file → tree.
FIELDS: Final = {
    "region": Tree.AREA,
    "type": Tree.TYPE,
    "department": Tree.DEPARTMENT,
    "reporting_parent": Tree.LINE,
    "reporting_unit": UNIT,
}
_COLUMN_OF: Final = {tree: name for name, tree in FIELDS.items()}
#: An unknown body of these becomes a node; how the tree is called.
_CREATED: Final[dict[str, dict[str, Any]]] = {
    Tree.DEPARTMENT: {"tree_zh": "部门系统", "tree_en": "department"},
    Tree.LINE: {"tree_zh": "报送关系", "tree_en": "reporting line"},
}
_LONGEST_CODE: Final = 60

Key = int | str  # an institution's id, or the code of one that is to be made
Node = int | str  # a node's id (or an institution, for unit), or the text of one that is to be made
Place = tuple[Key, str]


def _area_code(region: str) -> str:
    """The code of a region's node; the authority's own region is the root of the areas."""
    return ROOT_CODE if region == settings.JIEYUE_HOME.region else region


@dataclass(slots=True)
class Places:
    """The places stored and wanted, by (institution, tree), and the nodes to be made for them."""

    directory: Directory
    fresh: frozenset[str]
    before: dict[Place, list[Span]]
    after: dict[Place, list[Interval[Node]]]
    new_nodes: dict[tuple[str, str], date] = field(default_factory=dict)
    _spans: dict[tuple[str, str], list[tuple[int, date, date]]] = field(default_factory=node_spans)
    _names: dict[tuple[str, str], list[tuple[int, date, date]]] = field(default_factory=node_names)
    _targets: dict[int, tuple[Key, date, date]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Sequence[int], directory: Directory, fresh: Iterable[str]) -> Self:
        """What is stored of the known institutions."""
        stored: dict[Place, list[Span]] = {}
        after: dict[Place, list[Interval[Node]]] = {}
        for place, rows in membership_intervals(known).items():
            stored[place] = rows
            after[place] = [Interval(row.valid_from, row.valid_to, row.value, row.row_id) for row in rows]
        return cls(directory, frozenset(fresh), stored, after)

    @staticmethod
    def stands_in(institution: int | None, region: str) -> bool:
        """Whether the institution stands in the region now."""
        if institution is None:
            return False
        node = memberships([institution])[institution].get(Tree.AREA)
        found = tree(Tree.AREA).nodes.get(node) if node is not None else None
        return found is not None and found.code == _area_code(region)

    def moves(
        self, row: InstitutionRow, key: Key, report: Report, *, is_new: bool
    ) -> dict[Place, Node | None] | None:
        """Where the row puts its institution; None if the row was rejected for it."""
        wanted: dict[Place, Node | None] = {}
        for name, tree_name in FIELDS.items():
            if name in row.given:
                node = (
                    self._unit(row, key, report)
                    if name == "reporting_unit"
                    else self._node(row, name, report)
                )
                if node is False:
                    return None
                wanted[key, tree_name] = None if node is True else node
            elif name in row.cleared:
                wanted[key, tree_name] = None
        if is_new and (key, Tree.LINE) not in wanted:
            wanted[key, Tree.LINE] = self._spans[Tree.LINE, ROOT_CODE][0][0]
        return wanted

    def clash(
        self, row: InstitutionRow, key: Key, moves: Mapping[Place, Node | None]
    ) -> tuple[str, object, object] | None:
        """The first place stored for the row's first day or later that is another: (field, wanted, stored)."""
        for place, node in moves.items():
            for held in self.after.get(place, ()):
                if row.contradicts_from(held.valid_from) and held.value != node:
                    name = _COLUMN_OF[place[1]]
                    return name, getattr(row, name) or "—", self._label(place[1], held.value)
        return None

    def apply(self, moves: Mapping[Place, Node | None], row: InstitutionRow) -> bool:
        """Put it there in the row's days; whether that changes anything."""
        moved = False
        for place, node in moves.items():
            rows = self.after.get(place, [])
            end = self._end(rows, row)
            if node is None:
                change = remove_span(rows, row.valid_from, end)
            else:
                change = apply_change(rows, row.valid_from, end, node)
            if change.new or change.replaced:
                self.after[place] = change.result(rows)
                moved = True
        return moved

    @staticmethod
    def _end(rows: Sequence[Interval[Node]], row: InstitutionRow) -> date:
        """Until when the row speaks of a place: to its own end, else to the next move or the end that is known."""
        if "valid_to" in row.given or not rows:
            return row.valid_to
        on_day = next(
            (held.value for held in rows if held.valid_from <= row.valid_from < held.valid_to), None
        )
        moves = (
            held.valid_from for held in rows if held.valid_from > row.valid_from and held.value != on_day
        )
        last = rows[-1].valid_to
        return next(moves, last if last > row.valid_from else row.valid_to)

    def end(self, key: Key, day: date) -> None:
        """From `day` on it hangs nowhere."""
        for place in [place for place in self.after if place[0] == key]:
            self.after[place] = remove_span(self.after[place], day, OPEN_END).result(self.after[place])

    def check_units(self, rows: Sequence[InstitutionRow], keys: Mapping[int, Key], report: Report) -> None:
        """Reject rows that make a chain: who is reported inside another's return cannot report for a third."""
        for row in rows:
            if row.row not in self._targets or report.state(row.row) != ACCEPTED:
                continue
            target, first, end = self._targets[row.row]
            stored = self.before.get((target, UNIT), []) if isinstance(target, int) else []
            held = self.after.get((target, UNIT), stored)
            if any(span.valid_from < end and first < span.valid_to for span in held):
                report.reject(row.row, "unit_chain", column="reporting_unit", value=row.reporting_unit)
                self.after.pop((keys[row.row], UNIT), None)

    def _node(self, row: InstitutionRow, name: str, report: Report) -> Node | bool:
        """The node of a field's text; False if there is none and none may be made."""
        text, tree_name = getattr(row, name), FIELDS[name]
        if tree_name == Tree.AREA:
            text = _area_code(text)
        for index in (self._spans, self._names):
            fitting = [
                node for node, first, end in index.get((tree_name, text), ()) if first <= row.valid_from < end
            ]
            if len(set(fitting)) == 1:
                return fitting[0]
            if fitting:
                shown = ", ".join(str(node) for node in fitting)
                report.reject(row.row, "node_ambiguous", column=name, value=text, candidates=shown)
                return False
        if tree_name not in _CREATED:
            report.reject(row.row, "node_unknown", column=name, value=text)
            return False
        code = text[:_LONGEST_CODE]
        if (tree_name, code) not in self.new_nodes:
            report.add(
                "node_created", row=row.row, column=name, value=text, tree=tree_name, **_CREATED[tree_name]
            )
        self.new_nodes[tree_name, code] = min(
            row.valid_from, self.new_nodes.get((tree_name, code), row.valid_from)
        )
        return code

    def _unit(self, row: InstitutionRow, key: Key, report: Report) -> Node | bool:
        """The institution that reports; True if it is the row's own; False if there is none."""
        text = row.reporting_unit
        found = self.directory.find(text, ("credit_code", "code", "name", "former_name", "alias"))
        if isinstance(found, Ambiguous):
            shown = ", ".join(found.candidates)
            report.reject(
                row.row, "institution_ambiguous", column="reporting_unit", value=text, candidates=shown
            )
            return False
        target: Key | None = found.id if found is not None else text if text in self.fresh else None
        if target is None:
            report.reject(row.row, "unknown_institution", column="reporting_unit", value=text)
            return False
        if target == key:
            return True
        self._targets[row.row] = (target, row.valid_from, row.valid_to)
        return target

    def _label(self, tree_name: str, node: Node) -> str:
        if tree_name == UNIT:
            entry = self.directory.entries.get(node) if isinstance(node, int) else None
            return entry.code if entry else str(node)
        for (name, code), spans in self._spans.items():
            if name == tree_name and any(span[0] == node for span in spans):
                return code
        return str(node)
