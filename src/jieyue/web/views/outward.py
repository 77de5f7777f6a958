"""Out in a foreign layout 按外来表式取出: a recorded mapping written back, with what cannot be carried shown first."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.exchange import queries as exchange
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.scope import line_nodes
from jieyue.apps.returns.lake import forms
from jieyue.apps.returns.services.take_out import Leaving, Left, take_out
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import NodeInfo, Tree
from jieyue.domain.errors import DomainError
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.file_findings import findings_context
from jieyue.web.page import page
from jieyue.web.review_tabs import review_tabs
from jieyue.web.selection import collecting_month
from jieyue.web.words import local

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
        "tabs": review_tabs(request, "theirs"),
        "groups": [
            (title, names)
            for kind, title in (("returns", _("Returns")), ("institutions", _("Institutions")))
            if (names := exchange.profile_names(kind))
        ],
        "forms": [(code, f"{code} {local(home_catalog().forms[code])}") for code in forms()],
        "bodies": [(node.code, local(node)) for node in _bodies(request)],
        "period": request.POST.get("period") or collecting_month(),
        "said": request.POST,
        "wrong": wrong,
        "left": left,
    }
    if left is not None:
        context |= findings_context(request, [one.as_dict() for one in left.findings], marked=False)
    return page(request, "outward", context, section="review", status=status)


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
    profile = exchange.profile(said.get("profile", ""))
    body = next((node for node in _bodies(request) if node.code == said.get("body", "")), None)
    kind = said.get("kind", "xlsx")
    if profile is None or body is None or kind not in _KINDS or said.get("form", "") not in ("", *forms()):
        raise Http404
    try:
        asked = _asked(profile, body.id, said)
        left = take_out(access_of(request).user, asked)
    except DomainError as error:
        return _index(request, wrong=local(error, "message"), status=422)
    if left.content is None:
        wrong = _("The file cannot leave in this layout: see the findings.") if left.refused else ""
        return _index(request, wrong=wrong, left=left, status=422 if left.refused else 200)
    response = HttpResponse(left.content, content_type=_KINDS[kind])
    name = f"{profile.id or profile.kind}-{said.get('period', '') or asked.day}.{kind}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


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
