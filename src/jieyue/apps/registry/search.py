"""Looking institutions up: by a part of a name or code, by node, one page at a time."""

from collections.abc import Collection, Mapping
from datetime import date

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Window

from jieyue.apps.identity.models import User
from jieyue.apps.registry.models import Alias, InstitutionVersion
from jieyue.apps.registry.queries import InstitutionInfo, institutions
from jieyue.apps.registry.scope import Read, institutions_for
from jieyue.apps.trees.models import Membership


def search(
    user: User,
    text: str = "",
    *,
    nodes: Mapping[str, Collection[int]] | None = None,
    on: date | None = None,
    start: int = 0,
    size: int = 50,
    whole: bool = False,
    read: Read | None = None,
) -> tuple[int, list[InstitutionInfo]]:
    """How many institutions of the user's match, and one page of them by code.

    text: a part of the name, of the code, of the credit code, or a whole former name or alias. nodes: tree →
    nodes, of which the institution hangs at one. whole: the caller has made sure that the user sees all. read: what
    the caller has read of the user already.
    """
    day = on or settings.JIEYUE_HOME.today()
    rows = InstitutionVersion.objects.as_of().on(day)
    if not whole:
        rows = rows.filter(institution__in=institutions_for(user, day, read=read))
    if text:
        rows = rows.filter(_matches(text, day))
    for name, wanted in (nodes or {}).items():
        rows = rows.filter(institution__in=_hanging(name, wanted, day))
    counted = rows.order_by("code").annotate(total=Window(Count("*")))
    page = list(counted.values_list("institution_id", "total")[start : start + size])
    found = institutions([number for number, _ in page], day)
    total = page[0][1] if page else rows.count() if start else 0
    return total, [found[number] for number, _ in page]


def _matches(text: str, day: date) -> Q:
    aliases = Alias.objects.filter(value__icontains=text, valid_from__lte=day)
    named = Q(name__icontains=text) | Q(code__icontains=text) | Q(credit_code__istartswith=text)
    return named | Q(institution__in=aliases.values("institution"))


def _hanging(name: str, nodes: Collection[int], day: date) -> QuerySet:
    rows = Membership.objects.as_of().on(day).filter(tree=name, node__in=nodes)
    return rows.values("institution")


def after(
    user: User, code: str, size: int, *, on: date | None = None, whole: bool = False
) -> list[InstitutionInfo]:
    """Up to `size` institutions of the user's in being on the day whose codes come after `code`, by code."""
    day = on or settings.JIEYUE_HOME.today()
    rows = InstitutionVersion.objects.as_of().on(day).filter(code__gt=code)
    if not whole:
        rows = rows.filter(institution__in=institutions_for(user, day))
    numbers = list(rows.order_by("code").values_list("institution_id", flat=True)[:size])
    found = institutions(numbers, day)
    return [found[number] for number in numbers]
