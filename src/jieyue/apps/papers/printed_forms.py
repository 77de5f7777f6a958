"""Forms and tables as they are filed, printed: the summary tables NY301–NY303, wide, with S001–S010 of a body; a form
of an institution, filled or blank, by the definition that the grid and the workbook are made by."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from django.conf import settings

from jieyue.apps.papers.content import Cell, Column, Kind, Number, Paper, Paragraph, Status, TableBlock, Text
from jieyue.apps.papers.words import as_of_zh, period_zh, printed, unit_zh
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.summaries.ledger import Ledger
from jieyue.apps.summaries.tables import summed
from jieyue.catalog.form_sheet import form_sheet
from jieyue.catalog.model import Item
from jieyue.domain.period import Period
from jieyue.domain.summary import COLUMNS

SUMMARY, FORM = "summary-table", "form"


def summary_print(ledger: Ledger, body: int, form: str) -> Paper:
    """The table of a body as it is filed. What nobody states is blank on paper: nothing was reported of it."""
    shown, node = summed(ledger, body), ledger.trees.nodes[body]
    period, words = ledger.period, home_catalog().code_lists["summary_column"]
    items = {item.code: item for item in ledger.items}
    lines = {line.item: line.texts for line in shown.lines}
    order = _order(ledger.base, period)
    codes = [code for code in lines if code not in order] + [code for code in order if code in lines]
    columns = (
        Column("指标", share=9), Column("代码", share=3), Column("计量单位", share=4),
        *(Column(words[code].name_zh if code in words else code, code, number=True, share=5) for code in COLUMNS),
    )  # fmt: skip
    rows = []
    for code in codes:
        if items[code].own_code and all(text is None for text in lines[code]):
            continue
        receipt = f"summary/{form}/{period}/{node.scope}/{code}"
        cells: list[Cell] = [
            _cell(text, items[code], f"{receipt}/{column}@{ledger.sequence}", node.scope, str(period))
            for column, text in zip(COLUMNS, lines[code], strict=True)
        ]
        rows.append((*_head(items[code], order.get(code, 0)), *cells))
    title = home_catalog().forms[form].name_zh
    note = f"应报机构{shown.institutions}个，已报齐{shown.complete}个；没有报齐的不加进来。"
    return _paper(
        SUMMARY, title, (form, node.name_zh, node.scope), period, ledger.sequence,
        TableBlock(1, title, columns, tuple(rows), notes=(note,), dense=True),
        f"每格的出处为 summary/{form}/{period}/{node.scope}/代码/列@{ledger.sequence}，可在综合表页点开。",
    )  # fmt: skip


def form_print(
    form: str,
    period: Period,
    *,
    name: str = "",
    scope: str = "",
    cells: Mapping[str, str] | None = None,
    source: str = "",
    said: str = "",
    sequence: int = 0,
    instance: str = "",
    state: str = "",
) -> Paper:
    """A form of an institution. cells: item code → number as decimal text, None for a blank form.

    instance: the room that it is of. state: in a word, of a return that is not approved. source: the version that the
    numbers are of; said: its state, for the foot. sequence: the publication, 0 for what is not published: then its
    numbers are not final.
    """
    catalog = home_catalog()
    order = _order(form, period)
    items = {item.code: item for item in catalog.items(form, catalog.scheme_on(period.last_day).code)}
    columns = (
        Column("指标", share=10), Column("代码", share=3), Column("计量单位", share=4),
        Column("本期数", number=True, share=5),
    )  # fmt: skip
    status = Status.FINAL if sequence else Status.PROVISIONAL
    rows = []
    for code, depth in order.items():
        text = None if cells is None else cells.get(code)
        made = _cell(text, items[code], f"{source}/{code}", scope, str(period), status)
        rows.append((*_head(items[code], depth), made))
    title = catalog.forms[form].name_zh
    foot = f"{said}每格的出处为 {source}/代码。" if source else "空表。"
    block = TableBlock(1, title, columns, tuple(rows), dense=True)
    whose = f"{name}　　机房：{instance}" if instance else name
    paper = form_paper((form, whose, scope), period, sequence, title, block, foot, state=state)
    return replace(paper, provisional=cells is not None and not sequence)


def _order(form: str, period: Period) -> dict[str, int]:
    """Item → depth, in the order of the form: the definition of grid and workbook."""
    catalog = home_catalog()
    return {
        line.code: line.depth
        for line in form_sheet(catalog, form, catalog.scheme_on(period.last_day).code).lines
    }


def _head(item: Item, depth: int) -> tuple[Cell, ...]:
    """Name, code as on paper, unit."""
    return (Text(f"{'　' * depth}{item.name_zh}"),), (Text(item.paper_code),), (Text(unit_zh(item.unit)),)


def _cell(
    text: str | None, item: Item, receipt: str, scope: str, period: str, status: Status = Status.FINAL
) -> Cell:
    if text is None:
        return ()
    value = Fraction(text)
    shown = printed(value, len(text.partition(".")[2]))
    return (Number(shown, "", item.code, scope, period, value, receipt, status, Kind.COUNT),)


def blank_summary(form: str, period: Period) -> Paper:
    """A summary table with its lines and columns and no number."""
    catalog = home_catalog()
    base = catalog.forms[form].summary_of
    words = catalog.code_lists["summary_column"]
    items = {item.code: item for item in catalog.items(base, catalog.scheme_on(period.last_day).code)}
    columns = (
        Column("指标", share=9), Column("代码", share=3), Column("计量单位", share=4),
        *(Column(words[code].name_zh if code in words else code, code, number=True, share=5) for code in COLUMNS),
    )  # fmt: skip
    empty: tuple[Cell, ...] = ((),) * len(COLUMNS)
    rows = tuple(
        (*_head(items[code], depth), *empty)
        for code, depth in _order(base, period).items()
        if not items[code].own_code
    )
    title = catalog.forms[form].name_zh
    block = TableBlock(1, title, columns, rows, dense=True)
    return _paper(SUMMARY, title, (form, "", ""), period, 0, block, "空表。")


def form_paper(
    of: tuple[str, str, str],
    period: Period,
    sequence: int,
    title: str,
    block: TableBlock,
    source: str,
    *,
    state: str = "",
) -> Paper:
    """A form of an institution, upright, by what stands in its table. of: form, name, code."""
    return _paper(FORM, title, of, period, sequence, block, source, wide=False, state=state)


def _paper(
    code: str, title: str, of: tuple[str, str, str], period: Period, sequence: int, block: TableBlock, source: str,
    *, wide: bool = True, state: str = "",
) -> Paper:  # fmt: skip
    form, name, scope = of
    said = f"数据截至 {as_of_zh(sequence)}（发布序号 {sequence}）。{source}" if sequence else source
    head = f"表号：{form}　　单位：{name or '　　　　　　　　'}　　期间：{period_zh(str(period))}"
    head += f"　　状态：{state}" if state else ""
    return Paper(
        code=code, title=title, scope=scope, scope_name=name, period=str(period), sequence=sequence,
        blocks=(Paragraph((Text(head),), indent=False), block), foot=(said,),
        synthetic=bool(settings.JIEYUE_HOME.synthetic), form=True, wide=wide,
    )  # fmt: skip
