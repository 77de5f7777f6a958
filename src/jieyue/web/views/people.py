"""People: the accounts below one's node, their roles, and the slips that open them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jieyue.apps.identity.authority import Authority, authority_of
from jieyue.apps.identity.handed import handed_of
from jieyue.apps.identity.people import Person, account_for, accounts_for, persons
from jieyue.apps.identity.queries import who
from jieyue.apps.identity.roles import BOUNDED, ROLES, STATISTICAL
from jieyue.apps.identity.second_factor import has_factor
from jieyue.apps.identity.services.give_role import give_role, take_role
from jieyue.apps.identity.services.new_code import Slip, new_code
from jieyue.apps.identity.services.open_account import open_account
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.queries import number_of
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree
from jieyue.web import errors
from jieyue.web.access import needs
from jieyue.web.as_of import sequence_of
from jieyue.web.handed import form_choices, handed_rows, node_names
from jieyue.web.page import page
from jieyue.web.table import page_number
from jieyue.web.words import day, local

PAGE = 50
VERBS = ("manage_reporters", "grant")
#: Slips made in one press: each costs a password hash.
MOST = 100


def authority_here(request: HttpRequest) -> Authority:
    """What the signed-in person may do with accounts."""
    user: Any = request.user
    return authority_of(user)


@needs(*VERBS)
def listing(request: HttpRequest) -> HttpResponse:
    """The accounts of one's subtree."""
    authority = authority_here(request)
    text = request.GET.get("q", "").strip()[:80]
    accounts = accounts_for(authority, text)
    pages = Paginator(accounts, PAGE)
    number = page_number(request)
    if number > pages.num_pages:
        raise Http404
    shown = persons(authority, accounts[(number - 1) * PAGE : number * PAGE])
    names = _names(request, shown)
    context = {
        "people": [_row(person, names) for person in shown],
        "total": pages.count,
        "q": text,
        "page": number,
        "pages": pages.num_pages,
        "previous": _address(text, number - 1) if number > 1 else "",
        "next": _address(text, number + 1) if number < pages.num_pages else "",
    }
    return page(request, "people", context, section="people")


def _address(text: str, number: int) -> str:
    return f"{reverse('people')}?{urlencode({'q': text, 'page': str(number)})}"


def _row(person: Person, names: Mapping[int, str]) -> dict[str, Any]:
    today = [grant for grant in person.grants if in_force(grant)]
    return {
        "person": person,
        "state": state_words(person.state),
        "roles": list(dict.fromkeys(_role_words(one, names) for one in today if one.role in ROLES)),
    }


def _role_words(one: Any, names: Mapping[int, str]) -> tuple[str, str]:
    """A role and where; a sample is not listed by its institutions."""
    return local(ROLES[one.role]), "" if one.role in BOUNDED else names.get(one.node, "")


def in_force(grant: Any) -> bool:
    """Whether a grant holds today or will."""
    return bool(grant.valid_to > settings.JIEYUE_HOME.today())


def state_words(state: str) -> str:
    """An account's state in words."""
    return {
        "locked": _("closed"),
        "waiting": _("not activated yet"),
        "expired": _("code out of date"),
        "no_role": _("no role now"),
        "active": _("active"),
    }[state]


def _names(request: HttpRequest, people: Iterable[Person]) -> dict[int, str]:
    """Names of the bodies and institutions that the grants shown stand on; all of them are the person's to see."""
    return node_names(request, {grant.node for person in people for grant in person.grants})


# --- One account -------------------------------------------------------------------------------------


@needs(*VERBS)
def person(request: HttpRequest, number: int) -> HttpResponse:
    """An account: its roles with their days, and what may be done."""
    return person_page(request, number)


def person_page(request: HttpRequest, number: int, *, wrong: str = "", status: int = 200) -> HttpResponse:
    """The account; after a refused press with what is wrong and what was typed."""
    authority = authority_here(request)
    found = found_person(authority, number)
    names = _names(request, [found])
    oneself = found.user.pk == authority.user.pk
    context = {
        "person": found,
        "givers": who([grant.granted_by for grant in found.grants]),
        "state": state_words(found.state),
        "grants": [
            {
                "row": grant,
                "role": local(ROLES[grant.role]) if grant.role in ROLES else grant.role,
                "node": names.get(grant.node, ""),
                "from": day(grant.valid_from),
                "to": day(grant.valid_to),
                "may_end": in_force(grant) and not oneself and authority.may_give(grant.role, grant.node),
            }
            for grant in reversed(found.grants)
            if grant.role not in BOUNDED  # a sample stands below, as one audit
        ],
        "oneself": oneself,
        "wrong": wrong,
        "said": request.POST,
        "said_forms": request.POST.getlist("form"),
        "handed": handed_rows(request, handed_of(found.user, authority, authority.user)),
        "may_hand_over": not oneself and _has_work(authority, found),
        "may_audit": not oneself and bool(authority.every or authority.whole_every),
        "has_factor": has_factor(found.user),
        "forms": form_choices(),
        **_choices(request, authority),
    }
    return page(request, "person", context, section="people", status=status)


def _has_work(authority: Authority, found: Person) -> bool:
    """Whether the account has roles of entry and review that the administrator may hand over."""
    work = [
        one for one in found.grants if in_force(one) and one.role in STATISTICAL and one.source_id is None
    ]
    return bool(work) and all(authority.may_give(one.role, one.node) for one in work)


def found_person(authority: Authority, number: int) -> Person:
    """The account; not there and not the person's look the same."""
    found = account_for(authority, number)
    if found is None:
        raise Http404
    return found


def _choices(request: HttpRequest, authority: Authority) -> dict[str, Any]:
    """Roles and bodies to choose from in a form; an institution is named by its code."""
    line = tree_view(Tree.LINE, sequence_of(request))
    bodies = [
        (node.id, "　" * (len(line.path(node.id)) - 1) + local(node))
        for node in line
        if authority.covers(node.id)
    ]
    return {"roles": [(code, local(ROLES[code])) for code in authority.roles], "bodies": bodies}


def _node(request: HttpRequest, authority: Authority) -> int:
    """The institution or body that the form names. Raises RefusedError for none, and for one that is not theirs."""
    code, body = request.POST.get("institution", "").strip(), request.POST.get("body", "")
    node = number_of(code) if code else None
    if not code and body.isascii() and body.isdigit() and len(body) < 19:
        node = int(body) if int(body) in tree_view(Tree.LINE, sequence_of(request)).nodes else None
    if node is None or not authority.covers(node):
        raise RefusedError(
            "unknown_node",
            zh="管理范围内没有这个机构，请填机构代码或选择一个部门",
            en="there is no such institution below yours; give its code, or choose a body",
        )
    return node


@needs(*VERBS, post=True)
@require_POST
def give(request: HttpRequest, number: int) -> HttpResponse:
    """One more role for an account."""
    authority = authority_here(request)
    found = found_person(authority, number)
    try:
        role = request.POST.get("role", "")
        give_role(found.user, role, node=_node(request, authority), actor=actor_of(request), by=authority)
    except RefusedError as error:
        return person_page(request, number, wrong=local(error, "message"), status=422)
    messages.success(request, _("The role was given."))
    return redirect("person", number)


@needs(*VERBS, post=True)
@require_POST
def end(request: HttpRequest, number: int) -> HttpResponse:
    """A role ends today."""
    authority = authority_here(request)
    found = found_person(authority, number)
    held = next((one for one in found.grants if str(one.pk) == request.POST.get("grant", "")), None)
    if held is None:
        raise Http404
    try:
        take_role(held, actor=actor_of(request), by=authority, reason=request.POST.get("reason", "")[:500])
    except RefusedError as error:
        return person_page(request, number, wrong=local(error, "message"), status=422)
    messages.success(request, _("The role has ended."))
    # With the last role below one's node the account leaves nothing: it stays in the list without a role.
    return redirect("person", number)


# --- New accounts and codes --------------------------------------------------------------------------


@needs(*VERBS, post=True)
def new(request: HttpRequest) -> HttpResponse:
    """The form for a new account; its answer is the slip."""
    authority = authority_here(request)
    if request.method != "POST":
        return _new(request, authority)
    name, real = (request.POST.get(key, "").strip() for key in ("username", "real_name"))
    try:
        slip = open_account(
            name,
            real_name=real,
            role=request.POST.get("role", ""),
            node=_node(request, authority),
            actor=actor_of(request),
            by=authority,
        )
    except RefusedError as error:
        return _new(request, authority, wrong=local(error, "message"), status=422)
    return slips_page(request, authority, [slip])


def _new(request: HttpRequest, authority: Authority, *, wrong: str = "", status: int = 200) -> HttpResponse:
    context = {"wrong": wrong, "said": request.POST, **_choices(request, authority)}
    return page(request, "person_new", context, section="people", status=status)


@needs(*VERBS, post=True)
@require_POST
def codes(request: HttpRequest) -> HttpResponse:
    """New codes for the accounts that are ticked: all of them or none."""
    authority = authority_here(request)
    chosen = [text for text in request.POST.getlist("account") if text.isascii() and text.isdigit()]
    wanted = {int(text) for text in chosen if len(text) < 19}
    if not wanted:
        messages.warning(request, _("No account was ticked."))
        return redirect("people")
    if len(wanted) > MOST:
        raise PermissionDenied
    users = list(accounts_for(authority).filter(pk__in=wanted))
    if len(users) != len(wanted):
        raise Http404
    try:
        with transaction.atomic():
            slips = [new_code(user, actor=actor_of(request), by=authority) for user in users]
    except RefusedError as error:
        return errors.unprocessable(request, error)
    return slips_page(request, authority, slips)


def slips_page(request: HttpRequest, authority: Authority, slips: Iterable[Slip]) -> HttpResponse:
    """The slips, ready to be printed: shown in the answer to the press and never again."""
    made = list(slips)
    found = {
        one.user.pk: one
        for one in persons(authority, accounts_for(authority).filter(pk__in=[s.user.pk for s in made]))
    }
    names = _names(request, found.values())
    rows = [
        {
            "user": slip.user,
            "code": slip.code,
            "until": slip.expires_at,
            "units": [names.get(grant.node, "") for grant in found[slip.user.pk].grants if in_force(grant)],
        }
        for slip in made
    ]
    address = request.build_absolute_uri(reverse("activate"))
    return page(request, "slips", {"slips": rows, "address": address}, section="people")


def actor_of(request: HttpRequest) -> str:
    """The signed-in person as the log names him."""
    return request.user.get_username()
