"""Import through pages: bring a file, see what it would do, mend it, store it."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.exchange import queries as exchange
from jieyue.apps.exchange import scope
from jieyue.apps.exchange.profile import ProfileError
from jieyue.apps.exchange.services.keep_answers import keep_answers
from jieyue.apps.exchange.services.save_profile import save_profile
from jieyue.apps.identity.queries import who
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import institution
from jieyue.apps.registry.scope import whole_for
from jieyue.domain.period import Period, PeriodError
from jieyue.web import errors, intake, mapping_more
from jieyue.web.access import access_of, needs
from jieyue.web.file_findings import findings_context
from jieyue.web.mapping import FieldChoices, answers_of, choices_for, profile_from
from jieyue.web.page import page
from jieyue.web.too_large import STATUS, TABLE, too_large
from jieyue.web.words import local

MAY = ("import", "publish")
#: Files of what the registry keeps.
REGISTERS = ("institutions", *intake.UNMAPPED)
_SHOWN = 20


@needs(*MAY)
def index(request: HttpRequest) -> HttpResponse:
    """Bring a file; what came in lately."""
    return _index(request)


def _index(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    access = access_of(request)
    rows = (
        exchange.batches(_SHOWN, kinds=intake.KINDS)
        if access.whole
        else scope.files_for(access.user, intake.KINDS, _SHOWN)
    )
    rows = list(rows)
    context = {
        "persons": who([row.by for row in rows]),
        "batches": [
            {"row": row, "state": state_words(row.state), "kind": kind_words(row.kind)} for row in rows
        ],
        "forms": [
            (form.code, f"{form.code} {local(form)}")
            for form in home_catalog().forms.values()
            if not form.summary_of
        ],
        "profiles": sorted({name for kind in intake.MAPPED for name in exchange.profile_names(kind)}),
        "wrong": wrong,
        "said": request.POST,
    }
    return page(request, "imports", context, section="import", status=status)


@needs(*MAY, post=True)
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take the file in: find its profile, check it, show the preview; ask what its columns are if none fits."""
    files = request.FILES.getlist("file")
    if len(files) != 1:
        return _index(request, wrong=_("Choose one file."), status=422)
    file = files[0]
    if wrong := too_large(file, intake.LARGEST, TABLE):
        return _index(request, wrong=wrong, status=STATUS)
    kind, form, period = (request.POST.get(name, "").strip() for name in ("kind", "form", "period"))
    if kind not in intake.KINDS or (form and form not in home_catalog().forms):
        raise Http404
    _refuse_foreign_registry(request, kind)
    if period and (wrong := _wrong_period(period)):
        return _index(request, wrong=wrong, status=422)
    name = request.POST.get("profile", "")
    mapped = "" if kind in intake.UNMAPPED else kind
    profile = exchange.profile(name, mapped) if name else None
    if name and profile is None:
        return _index(request, wrong=_("There is no mapping of this name for such files."), status=422)
    arrival = intake.Arrival(file.read(), file.name or "file", kind, request.user, form, period, profile)
    arrival, ask = intake.with_profile(arrival)
    actor = request.user.get_username()
    if ask:
        batch = intake.stage(arrival, actor=actor)
        return redirect("import-mapping", batch.pk)
    return redirect("import-preview", intake.check(arrival, actor=actor).pk)


def _refuse_foreign_registry(request: HttpRequest, kind: str) -> None:
    """The registry is one for the whole authority: only who keeps all of it brings institutions and meters in."""
    if kind in REGISTERS and not whole_for(access_of(request).user, "manage_registry"):
        raise PermissionDenied


def _may_store(request: HttpRequest, kind: str) -> bool:
    """Returns are published by who may publish, the registry is written by who keeps it."""
    if kind in REGISTERS:
        return whole_for(access_of(request).user, "manage_registry")
    return access_of(request).may("publish")


def _opens(request: HttpRequest, row: Any) -> bool:
    """Own files, those that are the person's to publish, or any for who sees the whole authority."""
    access = access_of(request)
    return access.whole or scope.opens(access.user, row)


def _wrong_period(text: str) -> str:
    try:
        Period.parse(text)
    except PeriodError as error:
        return local(error, "message")
    return ""


def _batch(request: HttpRequest, number: int) -> Any:
    """The batch, if it is there and the person's to open.

    A workbook of drafts is none of them: it has pages of its own, and is never published from a file.
    """
    row = exchange.batch(number)
    if row is None or row.kind not in intake.KINDS or not _opens(request, row):
        raise Http404
    return row


@needs(*MAY)
def preview(request: HttpRequest, batch: int) -> HttpResponse:
    """What the file would do, or did: counts that add up, findings with place and remedy."""
    row = _batch(request, batch)
    codes = {finding["code"] for finding in row.findings}
    open_still = row.state in ("checked", "refused") and bool(row.accepted)
    another = open_still and scope.needs_another(access_of(request).user, row)
    context = findings_context(request, row.findings) | {
        "batch": row,
        "kind": kind_words(row.kind),
        "state": state_words(row.state),
        "has_mapping": row.kind not in intake.UNMAPPED,
        "asks": row.kind not in intake.UNMAPPED
        and bool(codes & {"unknown_institution", "ambiguous_institution", "candidates"}),
        "conflicts": "conflict" in codes,
        "may_store": open_still and not another and _may_store(request, row.kind),
        "needs_another": another,
    }
    return page(request, "import_preview", context, section="import")


@needs(*MAY, post=True)
def mapping(request: HttpRequest, batch: int) -> HttpResponse:
    """Say what the columns of a foreign file are; kept under a name and used again without a question."""
    row = _batch(request, batch)
    arrival = intake.of_batch(row, request.user)
    proposal = intake.proposal_for(arrival)
    if proposal is None:
        return redirect("import-preview", intake.check(arrival, actor=request.user.get_username()).pk)
    wrong = ""
    if request.method == "POST":
        name = request.POST.get("name", "").strip()[:100]
        actor = request.user.get_username()
        try:
            profile = profile_from(proposal, request.POST, name=name, kind=row.kind, form=arrival.form)
            save_profile(name, profile, actor=actor)
        except RefusedError as error:
            wrong = local(error, "message")
        except ProfileError as error:
            wrong = error.zh if get_language() != "en" else str(error)
        except ValueError as error:
            wrong = str(error)
        else:
            fresh = intake.Arrival(
                arrival.content, arrival.name, row.kind, request.user, arrival.form, arrival.period, profile
            )
            messages.success(
                request, _("The mapping is kept as “%(name)s” and will be used again.") % {"name": name}
            )
            return redirect("import-preview", intake.check(fresh, actor=actor).pk)
    context = {
        "batch": row,
        "proposal": proposal,
        "columns": _columns(proposal, request.POST, choices_for(row.kind, arrival.form)),
        "missing": [field for field in proposal.missing if not (field == "period" and arrival.period)],
        "wrong": wrong,
        "name": request.POST.get("name", "") or row.file_name.rpartition(".")[0],
        "null_tokens": request.POST.get("null_tokens", "") or ", ".join(proposal.profile.null_tokens),
        "kind": row.kind,
        "said": request.POST,
        "grains": mapping_more.grains(),
        "edges": mapping_more.edges(),
        "origins": mapping_more.origins(),
        "orders": mapping_more.orders(),
        "file": mapping_more.of_file(proposal.profile, request.POST),
    }
    return page(request, "import_mapping", context, section="import", status=422 if wrong else 200)


def _columns(proposal: Any, said: Mapping[str, str], choices: FieldChoices) -> list[dict[str, Any]]:
    given = answers_of(proposal, said) if said else {}
    found = []
    for place, column in enumerate(proposal.columns):
        answer = given.get(column.heading or column.letter)
        chosen = answer["field"] if answer else column.field
        likely = [(value, choices.title(value)) for value in column.candidates]
        found.append(
            {
                "place": place,
                "column": column,
                "chosen": chosen,
                "unit": answer["unit"] if answer else column.unit,
                "likely": likely,
                "groups": choices.groups,
                "further": mapping_more.shown(
                    proposal.profile.column_for(column.heading, column.letter), said, place
                ),
            }
        )
    return found


@needs(*MAY, post=True)
def names(request: HttpRequest, batch: int) -> HttpResponse:
    """Which institution does this text mean? Asked once; the answer is kept."""
    row = _batch(request, batch)
    arrival = intake.of_batch(row, request.user)
    actor = request.user.get_username()
    _content, result = intake.preview(arrival)
    if request.method == "POST":
        chosen: dict[str, int] = {}
        for place, question in enumerate(result.questions):
            answer = request.POST.get(f"answer-{place}", "")
            if answer in {str(candidate[0]) for candidate in question.candidates}:
                chosen[question.text] = int(answer)
        if any(institution(number) is None for number in chosen.values()):
            raise Http404
        keep_answers(chosen, actor=actor)
        return redirect("import-preview", intake.check(arrival, actor=actor).pk)
    return page(request, "import_names", {"batch": row, "questions": result.questions}, section="import")


@needs(*MAY)
def marked(request: HttpRequest, batch: int) -> HttpResponse:
    """The same workbook with marked cells."""
    row = _batch(request, batch)
    content = intake.marked(intake.of_batch(row, request.user))
    response = HttpResponse(
        content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    name = f"{row.file_name.rpartition('.')[0] or row.file_name}-{_('marked')}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


@needs("publish", "manage_registry", post=True)
@require_POST
def confirm(request: HttpRequest, batch: int) -> HttpResponse:
    """Store and publish what was previewed. All or nothing unless only the rows without error are asked for."""
    row = _batch(request, batch)
    if not _may_store(request, row.kind):
        raise PermissionDenied
    if row.state not in ("checked", "refused"):
        already = RefusedError("state", zh="这个批次已经存入", en="this batch is stored already")
        return errors.conflict(request, already)
    how = intake.Storing(
        valid_rows_only=request.POST.get("valid_rows_only") == "yes",
        restate=request.POST.get("restate", "").strip()[:500],
    )
    try:
        intake.store(intake.of_batch(row, request.user), how, batch=row, actor=request.user.get_username())
    except RefusedError as error:
        return errors.conflict(request, error)
    return redirect("import-preview", batch)


def state_words(state: str) -> str:
    """A batch's state in words."""
    words = {
        "staged": _("brought, not read"),
        "checked": _("checked, not stored"),
        "applied": _("stored and published"),
        "refused": _("refused, not stored"),
    }
    return words.get(state, state)


def kind_words(kind: str) -> str:
    """What the file holds, in words."""
    words = {
        "returns": _("Returns"),
        "institutions": _("Institutions"),
        "meters": _("Meters"),
        "calibrations": _("Calibrations of meters"),
        "to_be_metered": _("Places to be metered"),
        "holdings": _("Buildings and equipment"),
        "tasks": _("Declared results of tasks"),
    }
    return words.get(kind, kind)
