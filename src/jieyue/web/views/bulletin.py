"""The monthly bulletin 月度通报 as a page and as a workbook: a draft that a person completes and releases."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts.change_words import REASONS, answer, percent, plus
from jieyue.apps.insights.bulletin import ALIKE, RATIO, Bulletin, Line, Span, bulletin_of
from jieyue.apps.obligations.board import line_of
from jieyue.apps.obligations.scope import bodies_for
from jieyue.apps.obligations.worklist import read_as
from jieyue.apps.publication.rules import home_plan
from jieyue.catalog.errors import UnknownRuleError
from jieyue.domain.change import Relative
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.numbers import figure_cell
from jieyue.web.page import foot_of, page
from jieyue.web.selection import Selection
from jieyue.web.table import Cell, Column, Row, Table, book_of
from jieyue.web.views.board import Way, body_asked, progress_table
from jieyue.web.views.change import address_of
from jieyue.web.views.worklist import account_form, period_choices, period_of
from jieyue.web.words import MISSING_TEXT, day, grouped, indicator_name, is_chinese, local, period_name, unit
from jieyue.web.words import percent as share_words

_MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs(VIEW)
def bulletin(request: HttpRequest) -> HttpResponse:
    """The bulletin of a body that the person sees, for a month; `export=xlsx` gives the same as a workbook."""
    text = period_of(request)
    month = Period.parse(text)
    if month.kind_letter != "M" or request.GET.get("form", account_form()) != account_form():
        raise Http404
    read = read_as(access_of(request).read)
    line = line_of(month, read.sequence)
    top = body_asked(request, line, bodies_for(read, VIEW, month.last_day))
    if request.GET.get("export", "xlsx") != "xlsx":
        raise Http404
    if top is None:  # who sees single institutions only: a bulletin is of a body
        return page(request, "bulletin", {"period_name": period_name(text)}, section="board")
    try:
        found = bulletin_of(top, line, month, settings.JIEYUE_HOME.today(), read.sequence)
    except (DomainError, UnknownRuleError) as error:
        return errors.unprocessable(request, error)
    tables = _tables(found)
    selection = Selection(found.scope, text, read.sequence)
    if "export" in request.GET:
        return _workbook(found, tables, selection)
    bound = tables["bodies"].bind(request)
    context = {
        "title": _title(found),
        "body_name": _body_name(found),
        "period": text,
        "period_name": period_name(text),
        "periods": period_choices(account_form(), text),
        "top": top,
        "provisional": found.is_provisional,
        "filing": _filing(found),
        "overall": [_overall(span) for span in (found.month, found.to_date)],
        "tables": {**tables, "bodies": bound},
        "problems": _problems(found),
        "late_href": f"{Way(account_form(), text).to(top.code, kind='overdue')}#late",
        "changes": [
            (period_name(span.now), address_of(Selection(found.scope, span.now, read.sequence)))
            for span in (found.month, found.to_date)
        ],
        "book": f"{reverse('bulletin')}?{urlencode({'period': text, 'node': top.code, 'export': 'xlsx'})}",
        "foot": foot_of(selection),
    }
    return page(request, "bulletin", context, section="board")


def _body_name(found: Bulletin) -> str:
    if found.scope != "city":
        return local(found.top)
    return _("Example City") if settings.JIEYUE_HOME.synthetic else local(home_plan(), "authority")


def _title(found: Bulletin) -> str:
    """As a paper is called; the body's name is left out where it is the authority itself."""
    said = {"period": period_name(str(found.period)), "body": _body_name(found)}
    if found.scope == "city":
        return (
            _("On the use of energy and resources by public institutions of the whole city, %(period)s")
            % said
        )
    return _("On the use of energy and resources by public institutions of %(body)s, %(period)s") % said


def _filing(found: Bulletin) -> str:
    """What the board counts, in one sentence."""
    whole = found.board.whole
    if whole is None:
        return _("No return of this month is due here.")
    return _(
        "%(due)s returns due, %(collected)s handed in, of these %(late)s late; %(returned)s sent back, %(missing)s not "
        "handed in, of these %(overdue)s overdue; approved %(share)s."
    ) % {
        "due": f"{whole.due:,}",
        "collected": f"{whole.collected:,}",
        "late": f"{whole.collected_late:,}",
        "returned": f"{whole.returned:,}",
        "missing": f"{whole.missing:,}",
        "overdue": f"{whole.overdue:,}",
        "share": share_words(f"{whole.approved}/{whole.due}"),
    }


def _overall(span: Span) -> list[str]:
    """A sentence for each of energy, water and carbon: the amount, as reported and like for like, who is missing."""
    told = []
    then, now = period_name(span.then), period_name(span.now)
    for line in span.lines:
        if line.change is None:
            continue
        shown = MISSING_TEXT if line.now.display is None else grouped(line.now.display)
        loose = line.now.status == "provisional"
        said = (
            _("%(period)s, %(name)s %(amount)s %(unit)s (provisional).")
            if loose
            else _("%(period)s, %(name)s %(amount)s %(unit)s.")
        )
        amount = said % {
            "period": now,
            "name": indicator_name(line.indicator),
            "amount": shown,
            "unit": unit(line.now.unit),
        }
        zh, en = answer(line.change, then, now)
        told.append(f"{amount}{'' if is_chinese() else ' '}{zh if is_chinese() else en}")
    return told


def _problems(found: Bulletin) -> list[tuple[str, int]]:
    names = {
        "errors": _("errors"),
        "unexplained": _("warnings not explained"),
        "explained": _("explained, to be accepted"),
        "accepted": _("explanations accepted"),
    }
    return [(name, found.findings[kind]) for kind, name in names.items()]


def _tables(found: Bulletin) -> dict[str, Table]:
    way = Way(account_form(), str(found.period))
    return {
        "filing": progress_table(found.board.lines, way),
        "overall": _overall_table(found),
        "bodies": _bodies_table(found),
    }


def _overall_table(found: Bulletin) -> Table:
    columns = [Column("name", _("Indicator"), sortable=False), Column("unit", _("Unit"), sortable=False)]
    for span in (found.month, found.to_date):
        columns += _side_columns(span)
    last = found.period.last_day.isoformat()
    rows = []
    for month, ytd in zip(found.month.lines, found.to_date.lines, strict=True):
        name = indicator_name(month.indicator)
        rows.append(
            Row(
                (
                    Cell(name, name, heading=True),
                    Cell(unit(month.now.unit), month.now.unit),
                    *_side_cells(month, last),
                    *_side_cells(ytd, last),
                )
            )
        )
    return Table(
        caption=_("The month and the year to date"),
        columns=columns,
        rows=rows,
        page_size=max(1, len(rows)),
        notes=[
            _("Like for like: the same institutions, with whole returns in both periods."),
            _today(found),
            _("—: not reported, or not enough to compute"),
        ],
    )


def _side_columns(span: Span) -> list[Column]:
    now, then = period_name(span.now), period_name(span.then)
    return [
        Column(f"{span.now}-now", now, number=True, sortable=False, group=now),
        Column(f"{span.now}-then", then, number=True, sortable=False, group=now),
        Column(f"{span.now}-reported", _("as reported"), "%", number=True, sortable=False, group=now),
        Column(f"{span.now}-alike", _("like for like"), "%", number=True, sortable=False, group=now),
    ]


def _today(found: Bulletin) -> str:
    return _("The year before stands on the boundaries and the reporting line of %(day)s.") % {
        "day": day(found.period.last_day)
    }


def _side_cells(line: Line, last: str) -> tuple[Cell, ...]:
    """The period, the year before on the boundaries of the day, and both changes."""
    then = figure_cell(line.then, {"boundaries": last})
    return figure_cell(line.now), then, _relative(line.reported, line), _alike(line)


def _alike(line: Line) -> Cell:
    if line.alike is None:
        return Cell(MISSING_TEXT, None, missing=True, number=True)
    return _relative(line.alike, line)


def _relative(share: Relative, line: Line) -> Cell:
    """In per cent with one decimal, provisional where a side is; where there is none, why."""
    text = plus(percent(share.value))
    if text is None or share.value is None:
        why = REASONS.get(share.reason or "", ("", ""))[0 if is_chinese() else 1]
        return Cell(why or MISSING_TEXT, None, missing=True, number=True)
    loose = "provisional" in (line.now.status, line.then.status)
    return Cell(text, round(float(share.value * 100), 1), provisional=loose, number=True)


def _bodies_table(found: Bulletin) -> Table:
    """Bodies directly below, the year to date; completeness is that of the month."""
    done = {one.node: one.counts for one in found.board.lines}
    columns = [Column("name", _("Collecting body"))]
    codes = [line.indicator for line in next(iter(found.below.values()), ())]
    for code in codes:
        name = indicator_name(code)
        sample = next(iter(found.below.values()))[codes.index(code)].now
        columns += [
            Column(code, _("year to date"), unit(sample.unit), number=True, group=name),
            Column(f"{code}-change", _("on last year"), "%", number=True, group=name),
        ]
        if code == ALIKE[0]:
            columns += [
                Column(f"{code}-alike", _("like for like"), "%", number=True, group=name),
                Column(RATIO, _("observed ÷ expected"), number=True, group=name),
            ]
    columns.append(Column("completeness", _("Completeness of the month"), number=True))
    rows = []
    for node, lines in found.below.items():
        counts, name = done.get(node.id), local(node)
        href = f"{reverse('bulletin')}?{urlencode({'period': str(found.period), 'node': node.code})}"
        cells: list[Cell] = [Cell(name, node.code, href=href, heading=True)]
        for line in lines:
            cells += [figure_cell(line.now), _relative(line.reported, line)]
            if line.indicator == ALIKE[0]:
                cells += [_alike(line), figure_cell(found.beside[node].get(RATIO))]
        if counts is not None and counts.due:
            share = f"{counts.approved}/{counts.due}"
            cells.append(Cell(share_words(share), round(counts.approved / counts.due, 6), number=True))
        else:
            cells.append(Cell(MISSING_TEXT, None, missing=True, number=True))
        rows.append(Row(tuple(cells)))
    return Table(
        caption=_("Bodies below, year to date"),
        columns=columns,
        rows=rows,
        name="bulletin",
        page_size=max(1, len(rows)),
        empty=_("No body hangs below."),
        notes=[
            _today(found),
            _(
                "Observed ÷ expected: energy against what the same floor area uses in the whole, type by type."
            ),
        ],
    )


def _workbook(found: Bulletin, tables: dict[str, Table], selection: Selection) -> HttpResponse:
    """Sheets of the tables, the source of every figure, and what the numbers are."""
    sheets = [
        (_("Reporting progress"), tables["filing"]),
        (_("Month and year to date"), tables["overall"]),
        (_("Bodies below"), tables["bodies"]),
        (_("Sources of numbers"), _sources(found)),
    ]
    mark = [_("Sample data: every number here is synthetic.")] if settings.JIEYUE_HOME.synthetic else []
    said = [
        *mark,
        _title(found),
        _("Draft: a person completes and releases it."),
        *(
            [_("Completeness is below what makes figures final: they are provisional.")]
            if found.is_provisional
            else []
        ),
        _filing(found),
        *(sentence for span in (found.month, found.to_date) for sentence in _overall(span)),
        *(f"{name}{_(': ')}{value}" for name, value in foot_of(selection)),
        *(note for table in tables.values() for note in table.notes),
    ]
    response = HttpResponse(book_of(sheets, said), content_type=_MEDIA)
    name = f"bulletin-{found.top.code}-{found.period}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _sources(found: Bulletin) -> Table:
    """Every figure of the bulletin with its unit, status and receipt."""
    lines: list[Line] = [*found.month.lines, *found.to_date.lines]
    lines += [line for each in found.below.values() for line in each]
    beside = [row for each in found.beside.values() for row in each.values()]
    every = [*(row for line in lines for row in (line.now, line.then)), *beside]
    figures = {(row.scope, row.indicator, row.period): row for row in every}
    titles: Sequence[tuple[str, str]] = (
        ("scope", _("Scope")),
        ("indicator", _("Indicator")),
        ("period", _("Period")),
    )
    rows: list[Row] = []
    for (scope, code, period), row in figures.items():
        cells: list[Any] = [Cell(scope, scope), Cell(indicator_name(code), code), Cell(period, period)]
        status = {"final": _("Final"), "provisional": _("Provisional")}.get(row.status, _("Missing"))
        rows.append(
            Row((*cells, figure_cell(row), Cell(unit(row.unit), row.unit), Cell(status, row.status),
                 Cell(row.receipt, row.receipt)))
        )  # fmt: skip
    return Table(
        caption=_("Sources of numbers"),
        columns=[
            *(Column(key, title, sortable=False) for key, title in titles),
            Column("value", _("Value"), number=True, sortable=False),
            Column("unit", _("Unit"), sortable=False),
            Column("status", _("Status"), sortable=False),
            Column("receipt", _("Receipt"), sortable=False),
        ],
        rows=rows,
        page_size=max(1, len(rows)),
    )
