"""What changed between two periods: the panel on the tables, and a page with the institutions behind each part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts import change_document as docs
from jieyue.apps.accounts.change_words import COMPOSITION, MEANINGS, NAMES, OWING, answer, percent, plus
from jieyue.apps.accounts.changes import Change, change
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.errors import UnknownRuleError
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period
from jieyue.domain.rounding import display, exact_text
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs, see_or_404
from jieyue.web.bridge_card import BRIDGE, bridge_card
from jieyue.web.kept import drawn_once, keep_parts, kept_parts, key_of
from jieyue.web.numbers import source_address
from jieyue.web.overview_cards import Card, Frame
from jieyue.web.page import foot_of
from jieyue.web.pictures import Step, waterfall
from jieyue.web.selection import Selection, scope_name, select
from jieyue.web.table import Cell, Column, Row, Table, page_number
from jieyue.web.words import (
    MISSING_TEXT,
    grouped,
    indicator_name,
    is_chinese,
    period_name,
    unit,
)
from jieyue.web.words import (
    percent as share_words,
)

#: The parts that are real use or a fact about numbers; all others are neither saving nor growth.
_USE = "like_for_like"
#: The name of the panel among the parts that are kept.
_PANEL = "panel"


@dataclass(frozen=True)
class Tab:
    """One indicator or one list: title, address, whether it is the present one."""

    title: str
    href: str
    current: bool


@dataclass(frozen=True)
class Part:
    """One row of the picture: name, what to make of it, amount, how many institutions, where their list is."""

    name: str
    meaning: str
    text: str
    count: int | None
    href: str
    step: Step | None
    use: bool
    total: bool = False


@dataclass(frozen=True)
class Panel:
    """A change as the panel draws it."""

    title: str
    unit: str
    answer: str
    care: bool
    reported: str
    reported_amount: str
    alike: str
    alike_amount: str
    alike_count: int
    sides: tuple[Mapping[str, str], ...]
    owing: int
    owing_href: str
    completeness: str
    weighted: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    tabs: tuple[Tab, ...]
    href: str
    empty: bool


@needs(VIEW)
def compare(request: HttpRequest) -> HttpResponse:
    """The panel alone where a page asks for it, drawn once for who sees the same, else the whole page with the
    institutions of one part."""
    selection = select(request)
    panel_only = bool(request.headers.get("HX-Request"))
    key = key_of(request, selection.sequence, names=not panel_only)
    try:
        against = docs.compared_with(selection.period, request.GET.get("against"))
        for period in (selection.period, against):  # a code stands for whom it stood for then
            see_or_404(request, selection.scope, Period.parse(period).last_day)
        if not panel_only:
            return drawn_once(
                request,
                "change",
                (key, against) if key else None,
                lambda: _whole(request, selection, against),
                {
                    "title": _("Change of %(scope)s") % {"scope": selection.scope_name},
                    "against": period_name(against),
                },
                section="change",
                selection=selection,
            )
        drawn = kept_parts((key, _PANEL) if key else None)
        if drawn is not None:
            return HttpResponse(drawn[_PANEL])
        shown, card = _panel(request, selection, against)[1:]
    except (DomainError, UnknownRuleError) as error:
        return errors.unprocessable(request, error)
    answer = render(request, "parts/change.html", {"panel": shown, "card": card, "in_place": True})
    keep_parts((key, _PANEL) if key else None, {_PANEL: answer.content.decode()})
    return answer


def _panel(request: HttpRequest, selection: Selection, against: str) -> tuple[Change, Panel, Card]:
    """The change that the address asks for, as it is drawn. An indicator that has none is not found."""
    usual = docs.usual_indicators(selection.period, sequence=selection.sequence)
    indicator = request.GET.get("indicator") or usual[0]
    if indicator not in docs.comparable_indicators(selection.period, sequence=selection.sequence):
        raise Http404
    found = change(selection.scope, indicator, against, selection.period, sequence=selection.sequence)
    return found, panel(found, selection, against, usual), _card(found, selection, against)


def _card(found: Change, selection: Selection, against: str) -> Card:
    """The bridge, with the addresses of its files."""
    frame = Frame(
        selection.scope_name, selection.more, [f"{name}: {text}" for name, text in foot_of(selection)]
    )
    card = bridge_card(found, frame)
    card.table.path = reverse("change")
    card.table.query = {**_query(selection, against, found.indicator), "chart": BRIDGE}
    return card


def panel(found: Change, selection: Selection, against: str, usual: Sequence[str]) -> Panel:
    """The change in the language of the page."""
    zh, en = answer(found, period_name(against), selection.period_name)
    decimals = home_catalog().indicator(found.indicator).decimals
    before, after = found.like_for_like
    alike = None if before is None or after is None else after - before
    share = found.rows[1].completeness
    return Panel(
        title=indicator_name(found.indicator),
        unit=unit(found.rows[1].unit),
        answer=zh if is_chinese() else en,
        care=bool(found.owes),
        reported=_percent(found.relative.value),
        reported_amount=_amount(found.total, decimals),
        alike=_percent(found.like_for_like_relative.value),
        alike_amount=_amount(alike, decimals),
        alike_count=found.institutions,
        sides=tuple(_side(found, place, selection.more) for place in (0, 1)),
        owing=found.owes,
        owing_href=_address(selection, against, found.indicator, OWING),
        completeness=share_words(share),
        weighted=MISSING_TEXT if found.weighted is None else share_words(exact_text(found.weighted)),
        parts=_parts(found, selection, against, decimals),
        notes=tuple(note["zh" if is_chinese() else "en"] for note in docs.notes(found)),
        tabs=tuple(
            Tab(indicator_name(code), _address(selection, against, code), code == found.indicator)
            for code in dict.fromkeys([*usual, found.indicator])
        ),
        href=_address(selection, against, found.indicator),
        empty=found.then is None and found.now is None,
    )


def _side(found: Change, place: int, more: Mapping[str, str]) -> Mapping[str, str]:
    row = found.rows[place]
    text = grouped(row.display)
    return {
        "name": period_name(row.period),
        "text": text,
        "href": source_address(row, more) if row.display is not None else "",
        "provisional": "yes" if row.status == "provisional" else "",
    }


def _parts(found: Change, selection: Selection, against: str, decimals: int) -> tuple[Part, ...]:
    rows = docs.effect_rows(found)
    steps = waterfall([row.value for row in rows], found.total)
    parts = []
    for row, step in zip(rows, steps, strict=False):
        if row.code != _USE and not row.institutions and not row.value:
            continue  # nothing happened there
        group = row.code if row.institutions and row.code in docs.GROUPS else ""
        parts.append(
            Part(
                name=_said(NAMES[row.code]),
                meaning=_said(MEANINGS[row.code]),
                text=_amount(row.value, decimals) if row.value is not None else "",
                count=row.institutions if row.code != COMPOSITION else None,
                href=_address(selection, against, found.indicator, group) if group else "",
                step=step,
                use=row.code == _USE,
            )
        )
    total = Part(
        _("Change as reported"), _("The sum of the parts"), _amount(found.total, decimals), None, "",
        steps[-1], use=False, total=True,
    )  # fmt: skip
    return (*parts, total)


def _whole(request: HttpRequest, selection: Selection, against: str) -> dict[str, Any] | HttpResponse:
    """What the page of a change is drawn of; or its bridge, or its list of institutions, as a file."""
    found, shown, card = _panel(request, selection, against)
    if request.GET.get("chart") == BRIDGE and "export" in request.GET:
        return card.table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    group = request.GET.get("list") or _first_group(found)
    if group not in docs.GROUPS:
        raise Http404
    table = _members(request, selection, found, group)
    table.bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    counts = {code: docs.group_size(found, code) for code in docs.GROUPS}
    return {
        "panel": shown,
        "card": card,
        "in_place": False,
        "table": table,
        "group": _said(NAMES[group]),
        "meaning": _said(MEANINGS[group]),
        "lists": [
            Tab(
                f"{_said(NAMES[code])} {count:,}",
                _address(selection, against, found.indicator, code),
                code == group,
            )
            for code, count in counts.items()
            if count or code in (group, OWING)
        ],
        "trail": _trail(selection),
    }


def _first_group(found: Change) -> str:
    """Who did not report comes first; else the first part with institutions behind it that is no plain use."""
    if found.owes:
        return OWING
    return next((code for code in docs.GROUPS[1:] if docs.group_size(found, code)), OWING)


def _members(request: HttpRequest, selection: Selection, found: Change, group: str) -> Table:
    """One page of a part's institutions, those that the person may see, with what they had and have."""
    numbers = access_of(request).own(docs.group_ids(found, group))
    size = len(numbers) or 1 if "export" in request.GET else 50
    start = 0 if "export" in request.GET else (page_number(request) - 1) * size
    decimals = home_catalog().indicator(found.indicator).decimals
    rows = docs.members(found, numbers[start : start + size], sequence=selection.sequence)
    symbol = unit(found.rows[1].unit)
    columns = [Column("name", _("Institution"), sortable=False), Column("code", _("Code"), sortable=False)]
    columns += [
        Column(f"p{place}", period_name(row.period), symbol, number=True, sortable=False)
        for place, row in enumerate(found.rows)
    ]
    columns.append(Column("change", _("Change"), symbol, number=True, sortable=False))
    return Table(
        caption=f"{selection.scope_name} {selection.period_name} {indicator_name(found.indicator)} "
        f"{_said(NAMES[group])}",
        columns=columns,
        rows=[_member_row(member, selection, decimals) for member in rows],
        name=f"change-{selection.period}-{group}",
        count=len(numbers),
        page_size=size,
        empty=_("No institution is in this list.")
        if group != OWING
        else _("Every institution that owes this period has reported it."),
    )


def _member_row(member: docs.Member, selection: Selection, decimals: int) -> Row:
    query = urlencode({"period": selection.period})
    href = f"{reverse('institution', args=[member.code])}?{query}"
    moved = None if member.then is None or member.now is None else member.now - member.then
    cells = [_number(value, decimals) for value in (member.then, member.now)]
    return Row(
        (
            Cell(member.name, member.name, href=href, heading=True),
            Cell(member.code, member.code),
            *cells,
            _number(moved, decimals, sign=True),
        )
    )


def _number(value: Fraction | None, decimals: int, *, sign: bool = False) -> Cell:
    if value is None:
        return Cell(MISSING_TEXT, None, missing=True, number=True)
    from decimal import Decimal

    text = display(value, decimals)
    shown = grouped(text)
    return Cell(plus(shown) or "" if sign else shown, Decimal(text), number=True)


def _trail(selection: Selection) -> list[tuple[str, str]]:
    """Back to the table that the person came from."""
    tree = selection.scope.partition(":")[0]
    if tree == "institution":
        code = selection.scope.partition(":")[2]
        return [(code, reverse("institution", args=[code]))]
    address = reverse("data-tree", args=["line" if selection.scope == "city" else tree])
    return [(scope_name(selection.scope, selection.scopes), f"{address}?{selection.query}")]


def address_of(selection: Selection) -> str:
    """Where the change of a page's scope and period is told."""
    return f"{reverse('change')}?{selection.query}"


def _address(selection: Selection, against: str, indicator: str, group: str = "") -> str:
    said = _query(selection, against, indicator) | ({"list": group} if group else {})
    return f"{reverse('change')}?{urlencode(said)}{'#list' if group else ''}"


def _query(selection: Selection, against: str, indicator: str) -> dict[str, str]:
    """What the address of a change says."""
    said = {"scope": selection.scope, "period": selection.period, "indicator": indicator, **selection.more}
    if against != docs.compared_with(selection.period, None):
        said["against"] = against
    return said


def _said(pair: tuple[str, str]) -> str:
    return pair[0] if is_chinese() else pair[1]


def _amount(value: Fraction | None, decimals: int) -> str:
    return MISSING_TEXT if value is None else plus(grouped(display(value, decimals))) or ""


def _percent(value: Fraction | None) -> str:
    text = plus(percent(value))
    return MISSING_TEXT if text is None else f"{text}%"
