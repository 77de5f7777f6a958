"""NY101 in print: what the registry 名录库 holds of an institution on a day, in the lines of the form; blank for none.

The form's answers are texts and codes; they go into the registry, not into a table. What the registry has no place for
(address, persons to call, funds) stays blank, and the foot says so.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

from jieyue.apps.papers.content import Cell, Column, Kind, Number, Paper, Status, TableBlock, Text
from jieyue.apps.papers.printed_forms import form_paper
from jieyue.apps.papers.words import printed, unit_zh
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.attributes import Attributes
from jieyue.apps.registry.queries import InstitutionInfo
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree
from jieyue.catalog.model import Item
from jieyue.domain.period import Period
from jieyue.domain.rooms import rooms_of

FORM = "NY101"
_LEVELS = {"central": "中央", "municipal": "市级", "district": "区县级", "township": "乡镇街道级"}
_OFFICE = {"independent": "独立办公", "shared": "集中办公"}
_SAID = {"yes": "是", "no": "否", "": ""}


def basics_print(day: date, own: InstitutionInfo | None, sequence: int) -> Paper:
    """The form on a day; own: None for a blank one."""
    catalog = home_catalog()
    items = [
        item for item in catalog.items(FORM, catalog.scheme_on(day).code) if item.rendered and item.name_zh
    ]
    texts = {} if own is None else _texts(own, day, sequence)
    counts = {} if own is None else _counts(own.attributes)
    code = own.code if own else ""
    receipt = f"registry/{FORM}/{day}/{code}"
    columns = (
        Column("项目", share=8), Column("计量单位", share=3),
        Column("填报内容", share=11),
    )  # fmt: skip
    rows = tuple(
        _row(item, texts, counts, f"{receipt}/{item.code}@{sequence}", str(day.year)) for item in items
    )
    title = catalog.forms[FORM].name_zh
    foot = (
        f"取自名录库 {day} 的登记；名录库没有的项留空，由单位填写。每项的出处为 {receipt}/项目@{sequence}。"
        if own
        else "空表。"
    )
    block = TableBlock(1, title, columns, rows, dense=True)
    paper = form_paper(
        (FORM, own.name if own else "", code),
        Period.of_year(day.year),
        sequence if own else 0,
        title,
        block,
        foot,
    )
    return replace(paper, wide=False)


def _row(
    item: Item, texts: Mapping[str, str], counts: Mapping[str, Fraction], receipt: str, period: str
) -> tuple[Cell, ...]:
    said: Cell = (Text(texts[item.code]),) if texts.get(item.code) else ()
    if item.code in counts:
        value = counts[item.code]
        said = (
            Number(printed(value, 0), "", item.code, "", period, value, receipt, Status.FINAL, Kind.COUNT),
        )
    return (Text(item.name_zh),), (Text(unit_zh(item.unit) if item.unit else ""),), said


def _texts(own: InstitutionInfo, day: date, sequence: int) -> dict[str, str]:
    """Item → answer in words, as far as the registry knows it."""
    known = own.attributes
    rooms = rooms_of(known.rooms)
    return {
        "credit_code": known.credit_code,
        "full_name": known.name,
        "org_type": _node(own, Tree.TYPE, day, sequence),
        "admin_level": _LEVELS.get(known.level, known.level),
        "area_code": _node(own, Tree.AREA, day, sequence),
        "office_mode": _OFFICE.get(known.office_mode, known.office_mode),
        "have_room": "" if not known.rooms else "是" if rooms else "否",
        "is_heating": _SAID.get(known.heating, known.heating),
        "parent_id": _node(own, Tree.LINE, day, sequence),
    }


def _counts(known: Attributes) -> dict[str, Fraction]:
    """Item → number, as far as the registry knows it."""
    found = {}
    if known.rooms:
        found["room_num"] = Fraction(len(rooms_of(known.rooms)))
    if known.students is not None:
        found["students"] = Fraction(known.students)
    return found


def _node(own: InstitutionInfo, tree: str, day: date, sequence: int) -> str:
    """Name and code of where it stands in a tree."""
    number = own.nodes.get(tree)
    node = tree_view(tree, sequence, day).nodes.get(number) if number is not None else None
    return f"{node.name_zh}（{node.code}）" if node else ""
