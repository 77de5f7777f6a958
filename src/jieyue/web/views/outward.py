"""Out in a foreign layout 按外来表式取出: a recorded mapping written back, with what cannot be carried shown first."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.exchange import queries as exchange
from jieyue.apps.exchange.limits import DEFAULT
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.exchange.reader import read_bytes
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.scope import line_nodes
from jieyue.apps.returns.lake import forms
from jieyue.apps.returns.services.take_out import Leaving, Left, take_out
from jieyue.apps.summaries.services.take_out_table import record_table_layout, take_out_table
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import NodeInfo, Tree
from jieyue.domain.errors import DomainError
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.file_findings import findings_context
from jieyue.web.page import page
from jieyue.web.selection import collecting_month
from jieyue.web.summary_choice import summary_forms
from jieyue.web.too_large import STATUS, TABLE, too_large
from jieyue.web.words import clauses, joined, local

#: Who may record a layout, as on the import pages.
RECORDS = ("import", "publish")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KINDS = {"xlsx": _XLSX, "csv": "text/csv"}


@needs(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """Choose the mapping, the period and the body."""
    return _index(request)


def _index(
    request: HttpRequest, *, wrong: str = "", left: Left | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "groups": [
            (title, kept)
            for kind, title in (
                ("returns", _("Returns")),
                ("institutions", _("Institutions")),
                ("summaries", _("Summary tables")),
            )
            if (kept := exchange.kept_profiles(kind))
        ],
        "forms": [(code, f"{code} {local(home_catalog().forms[code])}") for code in forms()],
        "bodies": [(node.code, local(node)) for node in _bodies(request)],
        "period": request.POST.get("period") or collecting_month(),
        "records": any(access_of(request).may(verb) for verb in RECORDS),
        "tables": [(code, f"{code} {local(form)}") for code, form in summary_forms().items()],
        "said": request.POST,
        "wrong": wrong,
        "left": left,
    }
    if left is not None:
        context |= findings_context(request, [one.as_dict() for one in left.findings], marked=False)
    return page(request, "outward", context, section="theirs", status=status)


def _bodies(request: HttpRequest) -> list[NodeInfo]:
    """The bodies that the person looks at, the highest first."""
    access = access_of(request)
    if access.read is None:
        return []
    line = tree_view(Tree.LINE, access.read.sequence)
    own = line_nodes(access.user, VIEW, read=access.read) & line.nodes.keys()
    return sorted((line.nodes[node] for node in own), key=lambda node: (len(line.path(node.id)), node.code))


@needs(VIEW, post=True)
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """The file; if something of it cannot be carried, that first, and the file when it is asked for again."""
    said = {key: str(text).strip() for key, text in request.POST.items()}
    profile = exchange.profile_version(said.get("profile", ""))
    body = next((node for node in _bodies(request) if node.code == said.get("body", "")), None)
    kind = said.get("kind", "xlsx")
    if profile is None or body is None or kind not in _KINDS or said.get("form", "") not in ("", *forms()):
        raise Http404
    try:
        left = _left(request, profile, body.id, said)
    except DomainError as error:
        return _index(request, wrong=local(error, "message"), status=422)
    if left.content is None:
        wrong = _("The file cannot leave in this layout: see the findings.") if left.refused else ""
        return _index(request, wrong=wrong, left=left, status=422 if left.refused else 200)
    response = HttpResponse(left.content, content_type=_KINDS[kind])
    name = f"{profile.id or profile.kind}-{said.get('period', '') or settings.JIEYUE_HOME.today()}.{kind}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _left(request: HttpRequest, profile: MappingProfile, body: int, said: dict[str, str]) -> Left:
    user = access_of(request).user
    if profile.kind != "summaries":
        return take_out(user, _asked(profile, body, said))
    text, seen = said.get("kind") == "csv", said.get("seen") == "yes"
    return take_out_table(user, profile, body, said.get("period", ""), text=text, seen=seen)


@needs(*RECORDS, post=True)
@require_POST
def record_layout(request: HttpRequest) -> HttpResponse:
    """Keep the layout of a summary table under a name, from a sample file."""
    files, said = request.FILES.getlist("file"), request.POST
    if len(files) != 1:
        return _index(request, wrong=_("Choose one file of at most 20 MB."), status=422)
    if wrong := too_large(files[0], DEFAULT.workbook_bytes, TABLE):
        return _index(request, wrong=wrong, status=STATUS)
    sample = read_bytes(files[0].read(), files[0].name or "file")
    try:
        made = record_table_layout(
            access_of(request).user, sample, said.get("form", ""), said.get("name", "")
        )
    except DomainError as error:
        reasons = clauses(local(one, "message") for one in sample.findings)
        return _index(request, wrong=f"{local(error, 'message')} {reasons}".strip(), status=422)
    known = sum(bool(line.item) for line in made.rows)
    messages.success(request, _("The layout was recorded: %(n)s rows are known.") % {"n": known})
    if blank := [line.word or line.code or "—" for line in made.rows if not line.item]:
        messages.warning(request, _("Rows that stay blank: %(rows)s") % {"rows": joined(blank)})
    return redirect("outward")


def _asked(profile: MappingProfile, body: int, said: dict[str, str]) -> Leaving:
    """What the form says. Raises RefusedError where the day is none."""
    text, seen = said.get("kind") == "csv", said.get("seen") == "yes"
    period = said.get("period", "")
    if profile.kind == "institutions":
        return Leaving(profile, body, day=_day(period), text=text, seen=seen)
    periods = period.replace("，", " ").replace(",", " ").replace("、", " ").split()
    return Leaving(profile, body, form=said.get("form", ""), periods=periods, text=text, seen=seen)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else settings.JIEYUE_HOME.today()
    except ValueError:
        raise RefusedError(
            "out_day",
            zh=f"“{text}”不是日期；名录请写一天，如 2026-09-30",
            en=f"{text!r} is no day; for the registry write one, as 2026-09-30",
        ) from None
