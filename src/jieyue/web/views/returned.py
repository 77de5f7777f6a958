"""回收核对: the Word files of papers that came back, the form that takes one, and one file's numbers by class."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from jieyue.apps.exchange.limits import DEFAULT
from jieyue.apps.identity.queries import who
from jieyue.apps.obligations.scope import bodies_for
from jieyue.apps.obligations.worklist import read_as
from jieyue.apps.papers.binding import annex_of
from jieyue.apps.papers.returned_words import VERDICTS, WHY, place_en
from jieyue.apps.papers.scope import DRAFTS, RELEASES, papers_for, returned_for
from jieyue.apps.papers.services.check_returned import check_returned
from jieyue.apps.papers.stored import from_json
from jieyue.apps.publication.errors import RefusedError
from jieyue.domain.errors import DomainError
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.returned_rows import OPEN, files_table, made_from_words, paper_words, verdict_words
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.too_large import STATUS, WORD, too_large
from jieyue.web.views.papers import source_of_number
from jieyue.web.words import is_chinese, local

#: Papers that the form offers by name, the newest.
_OFFERED = 100


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """The files that came back, and the form that takes one."""
    return _listing(request)


def _listing(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    access = access_of(request)
    table = files_table(list(returned_for(access)), whole=True).bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    own = {body for verb in (*DRAFTS, *RELEASES) for body in bodies_for(read_as(access.read), verb)}
    said = request.POST.get("paper") or request.GET.get("paper", "")
    papers = papers_for(access).filter(body__in=own)[:_OFFERED] if own else ()
    context = {
        "table": table,
        "may_check": bool(own),
        "papers": [(str(row.pk), paper_words(row)) for row in papers],
        "chosen": said,
        "wrong": wrong,
    }
    return page(request, "papers_returned", context, section="papers-returned", status=status)


@needs(*DRAFTS, *RELEASES, post=True)
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take a returned file in, and show its numbers by class."""
    files, said = request.FILES.getlist("file"), request.POST.get("paper", "")
    if len(files) != 1:
        return _listing(request, wrong=_("Choose one file."), status=422)
    if wrong := too_large(files[0], DEFAULT.workbook_bytes, WORD):
        return _listing(request, wrong=wrong, status=STATUS)
    if said and not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise Http404
    user, name = access_of(request).user, files[0].name or ""
    try:
        made = check_returned(user, files[0].read(), name, int(said) if said else None)
    except RefusedError as error:
        answer = errors.by_kind(request, error, nothing=("paper_unknown",), right=("not_yours",), state=())
        return answer or _listing(request, wrong=local(error, "message"), status=422)
    except DomainError as error:
        return _listing(request, wrong=local(error, "message"), status=422)
    messages.success(request, _("Every number of the file was checked; nothing in it was changed."))
    return redirect("paper-returned", made.pk)


@needs(VIEW)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One returned file: its numbers by class, old and new beside each other, and those that are gone."""
    row = returned_for(access_of(request)).defer(None).filter(pk=number).first()
    if row is None:
        raise Http404
    kind = request.GET.get("class", "open" if any(row.counts[one] for one in OPEN) else "all")
    if kind not in ("open", "all", *VERDICTS):
        raise Http404
    table = _numbers(row, kind).bind(request)
    if "export" in request.GET:
        return table.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    context = {
        "row": row,
        "paper": paper_words(row.paper),
        "made_from": made_from_words(row.made_from),
        "by": who([row.actor]).get(row.actor, row.actor),
        "open": sum(row.counts[one] for one in OPEN),
        "kinds": _filters(row, kind),
        "table": table,
        "gone": _gone(row),
    }
    return page(request, "paper_returned", context, section="papers-returned")


def _filters(row: Any, kind: str) -> list[tuple[str, int, str, bool]]:
    """(Words, how many, address, whether it is shown) of every choice."""
    counts = {
        "open": sum(row.counts[one] for one in OPEN),
        **{one: row.counts[one] for one in VERDICTS},
        "all": len(row.lines),
    }
    words = {"open": _("To be looked at"), "all": _("All")}
    return [
        (words.get(code) or verdict_words(code), count, f"?{urlencode({'class': code})}", code == kind)
        for code, count in counts.items()
    ]


def _numbers(row: Any, kind: str) -> Table:
    wanted = {"open": OPEN, "all": tuple(VERDICTS)}.get(kind, (kind,))
    lines = [line for line in row.lines if line["verdict"] in wanted]
    numbers = {one.no: one.number for one in annex_of(from_json(row.paper.content))}
    count = len(lines)
    return Table(
        caption=ngettext("%(n)s number of the file", "%(n)s numbers of the file", count) % {"n": count},
        columns=[
            Column("place", _("Place in the file")),
            Column("class", _("Class of the number")),
            Column("was", _("In the paper")),
            Column("is", _("In the file")),
            Column("no", _("Number in the annex")),
            Column("source", _("Source")),
        ],
        rows=[Row(tuple(_line_cells(line, numbers, row.paper))) for line in lines],
        notes=[paper_words(row.paper), f"{row.name} SHA-256 {row.sha256}"],
        name=f"returned-{row.pk}",
        empty=_("The file has no number of this class."),
    )


def _line_cells(line: Mapping[str, Any], numbers: Mapping[int, Any], paper: Any) -> list[Cell]:
    place, verdict, no = line["place"], line["verdict"], line["no"]
    number = numbers.get(no)
    href = source_of_number(number, paper) if number and number.said == line["printed"] else ""
    why = WHY[line["why"]][0 if is_chinese() else 1] if line["why"] else ""
    source = _("Receipt") if href else line["source"] or why or _("none")
    return [
        Cell(place if is_chinese() else place_en(place), line["paragraph"], heading=True),
        Cell(verdict_words(verdict), verdict),
        Cell(line["printed"] or _("none"), line["printed"] or None),
        Cell(line["text"], line["text"]),
        Cell(str(no) if no else _("none"), no or None),
        Cell(source, line["source"] or why, href=href),
    ]


def _gone(row: Any) -> Table:
    return Table(
        caption=_("Numbers of the paper that the file does not hold"),
        columns=[
            Column("place", _("Place in the paper"), sortable=False),
            Column("was", _("In the paper"), sortable=False),
            Column("no", _("Number in the annex"), number=True, sortable=False),
        ],
        rows=[
            Row((
                Cell(one["place"], one["place"], heading=True),
                Cell(one["printed"], one["printed"]),
                Cell(str(one["no"]), one["no"], number=True),
            ))
            for one in row.gone
        ],
        empty=_("Every number of the paper stands in the file."),
        page_size=max(50, len(row.gone)),
    )  # fmt: skip
