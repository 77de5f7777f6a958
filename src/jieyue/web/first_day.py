"""The first day: from an authority's own files to its first table, step by step, until there is one."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from jieyue.apps.identity.queries import count_users
from jieyue.apps.obligations.opened import is_any_open
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.registry.queries import count_in_being
from jieyue.apps.returns.queries import periods
from jieyue.web.access import Access
from jieyue.web.navigation import arranges


@dataclass(frozen=True)
class Step:
    """What to do, why, where, and whether it is done."""

    title: str
    why: str
    href: str
    done: bool


def steps(access: Access) -> list[Step]:
    """The steps for who sets the authority up; none for others, and none once returns are published."""
    if not access.whole or not access.may("import"):
        return []
    published = bool(periods(home_plan().method.account_form))
    if published:
        return []
    arranging = Step(
        _("Arrange the collecting"),
        _("Say when each form is due and open the first period; months open by themselves."),
        reverse("collecting"),
        is_any_open(),
    )
    return [
        Step(
            _("Bring in the directory"),
            _("A file with code, name, type, region and collecting body of each institution."),
            reverse("imports"),
            count_in_being() > 0,
        ),
        Step(
            _("Make the accounts"),
            _("A file with one person a row; the answer is the slips to hand out."),
            reverse("people-import"),
            count_users() > 1,
        ),
        *([arranging] if arranges(access) else []),
        Step(
            _("Bring in past returns"),
            _("Your own tables as they are: say once what their columns mean, and it is kept."),
            reverse("imports"),
            False,
        ),
        Step(
            _("Look at the first table"),
            _("By body, area and type, down to the single institution, each number with its source."),
            reverse("summary"),
            False,
        ),
    ]
