"""模板: the Word templates of the papers, by kind: the one in use, versions, a new one, and what may stand in it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.identity.queries import who
from jieyue.apps.papers.kinds import KINDS
from jieyue.apps.papers.make import MEDIA
from jieyue.apps.papers.monthly import CODE as MONTHLY
from jieyue.apps.papers.scope import RELEASES
from jieyue.apps.papers.services.keep_template import keep_template
from jieyue.apps.papers.services.use_template import use_template
from jieyue.apps.papers.templates import (
    SHIPPED,
    content_of,
    may_change_templates,
    versions_of,
)
from jieyue.apps.papers.word import shipped
from jieyue.apps.papers.word_source import KINDS as CHANGES
from jieyue.apps.papers.word_source import PERIODS
from jieyue.apps.papers.word_template import LARGEST, TemplateFinding, codes
from jieyue.apps.publication.errors import RefusedError
from jieyue.domain.errors import DomainError
from jieyue.web import errors
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.too_large import STATUS, WORD, too_large
from jieyue.web.words import is_chinese, local


@needs(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """The versions of a kind of paper's template, and everything that may stand in one."""
    return _listing(request, _kind(request.GET.get("kind", MONTHLY)))


def _kind(code: str) -> str:
    if code not in KINDS:
        raise Http404
    return code


def _listing(
    request: HttpRequest,
    code: str,
    *,
    wrong: str = "",
    findings: list[TemplateFinding] | None = None,
    status: int = 200,
) -> HttpResponse:
    versions = versions_of(code)
    column = 0 if is_chinese() else 1
    context = {
        "kind": code,
        "kind_words": local(KINDS[code]),
        "kinds": [(one.code, local(one), one.code == code) for one in KINDS.values()],
        "may": may_change_templates(access_of(request).user),
        "rows": _rows(code, versions),
        "codes": [(text, zh if column == 0 else en) for text, zh, en in codes()],
        "periods": [(word, said[column]) for word, said in PERIODS.items()],
        "changes": [(word, said[column]) for word, said in CHANGES.items()],
        "findings": [(one.paragraph, one.text[:120], local(one, "message")) for one in findings or ()],
        "wrong": wrong,
    }
    return page(request, "paper_templates", context, section="paper-templates", status=status)


def _rows(code: str, versions: list[Any]) -> list[dict[str, Any]]:
    """The versions with the one that ships last, and which is in use."""
    persons = who([row.actor for row in versions])
    found = [
        {
            "number": row.number,
            "name": row.name,
            "by": persons.get(row.actor, row.actor),
            "at": localtime(row.at).strftime("%Y-%m-%d %H:%M"),
            "sha256": row.sha256,
            "in_use": row.in_use,
        }
        for row in versions
    ]
    own = any(row.in_use for row in versions)
    return [*found, {"number": SHIPPED, "name": "", "by": "", "at": "", "sha256": "", "in_use": not own}]


@needs(VIEW)
def file(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """One version as a Word file; 0: the one that ships."""
    code = _kind(kind)
    row = next((one for one in versions_of(code) if one.number == number), None)
    if row is None and number != SHIPPED:
        raise Http404
    try:
        content = shipped(code) if row is None else content_of(row)
    except DomainError as error:
        return errors.unprocessable(request, error)
    answer = HttpResponse(content, content_type=MEDIA["docx"])
    answer["Content-Disposition"] = content_disposition_header(True, f"{code}-{number}.docx")
    return answer


@needs(*RELEASES, post=True)
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Take in a template of the authority's own; with findings it is not taken."""
    code, files = _kind(request.POST.get("kind", "")), request.FILES.getlist("file")
    if len(files) != 1:
        return _listing(request, code, wrong=_("Choose one file."), status=422)
    if wrong := too_large(files[0], LARGEST, WORD):
        return _listing(request, code, wrong=wrong, status=STATUS)
    try:
        made, found = keep_template(access_of(request).user, code, files[0].read(), files[0].name or "")
    except RefusedError as error:
        answer = errors.by_kind(request, error, nothing=("paper_unknown",), right=("not_yours",), state=())
        return answer or _listing(request, code, wrong=local(error, "message"), status=422)
    except DomainError as error:
        return _listing(request, code, wrong=local(error, "message"), status=422)
    if made is None:
        return _listing(request, code, findings=found, status=422)
    messages.success(request, _("Papers of this kind are made from version %(n)s now.") % {"n": made.number})
    return redirect(f"{reverse('paper-templates')}?{urlencode({'kind': code})}")


@needs(*RELEASES, post=True)
@require_POST
def use(request: HttpRequest) -> HttpResponse:
    """Put another version in use, or the one that ships."""
    code, said = _kind(request.POST.get("kind", "")), request.POST.get("number", "")
    if not (said.isascii() and said.isdigit() and len(said) < 8):
        raise Http404
    try:
        use_template(access_of(request).user, code, int(said))
    except RefusedError as error:
        answer = errors.by_kind(request, error, nothing=("paper_unknown",), right=("not_yours",), state=())
        return answer or _listing(request, code, wrong=local(error, "message"), status=422)
    except DomainError as error:
        return _listing(request, code, wrong=local(error, "message"), status=422)
    words = _("Papers of this kind are made from the template that ships now.")
    if int(said) != SHIPPED:
        words = _("Papers of this kind are made from version %(n)s now.") % {"n": said}
    messages.success(request, words)
    return redirect(f"{reverse('paper-templates')}?{urlencode({'kind': code})}")
