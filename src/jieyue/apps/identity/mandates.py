"""What the acts of handing rights on share: days, forms and periods that may be named, one's own grants, one's line."""

from collections.abc import Collection, Iterable
from datetime import date

from django.conf import settings

from jieyue.apps.identity.models import Grant, Mandate, User
from jieyue.apps.identity.roles import BOUNDED, ROLES
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.trees.queries import UNIT, Tree, members, memberships, tree
from jieyue.domain.period import Period, PeriodError


def checked_days(first: date, end: date, longest: int) -> None:
    """Refuse days that are past, turned round, or more than `longest`. end: the first day after."""
    today = settings.JIEYUE_HOME.today()
    if not today <= first < end or (end - first).days > longest:
        raise RefusedError(
            "mandate_days",
            zh=f"起止日期不对：从今天或以后开始，最多 {longest} 天",
            en=f"wrong days: from today or later, {longest} days at most",
        )


def checked_forms(forms: Iterable[str]) -> list[str]:
    """The forms, each once; refuses none, and one that the catalog lacks."""
    found = list(dict.fromkeys(forms))
    unknown = [form for form in found if form not in home_catalog().forms]
    if unknown or not found:
        text = "、".join(unknown)[:80]
        raise RefusedError(
            "mandate_form",
            zh=f"没有这张报表：{text or '（空）'}",
            en=f"there is no such form: {text.replace('、', ', ') or '(none)'}",
        )
    return found


def checked_periods(forms: Iterable[str], periods: Iterable[str]) -> list[str]:
    """The periods, each once; refuses none, and one that no form of these has."""
    kinds = {kind for form in forms for kind in home_catalog().forms[form].periods}
    found = list(dict.fromkeys(periods))
    wrong = [text for text in found if not _is_period(text, kinds)]
    if wrong or not found:
        text = "、".join(wrong)[:80]
        raise RefusedError(
            "mandate_period",
            zh=f"报告期不对：{text or '（空）'}；请写成 2026-08、2026-Q3、2026 或 2026-HS（供暖季）",
            en=f"no period of the form: {text.replace('、', ', ') or '(none)'}; write 2026-08, 2026-Q3, 2026 "
            "or 2026-HS (heating season)",
        )
    return found


def _is_period(text: str, kinds: set[str]) -> bool:
    try:
        period = Period.parse(text)
    except PeriodError:
        return False
    return str(period) == text and period.kind_letter in kinds


def own_grants(user: User, first: date, end: date) -> list[Grant]:
    """The person's grants that hold on some day of [first, end), without those that others lent or delegated."""
    rows = Grant.objects.filter(user=user, source=None, valid_from__lt=end, valid_to__gt=first)
    return [row for row in rows.order_by("id") if row.role in ROLES and row.role not in BOUNDED]


def branch_of(nodes: Iterable[int]) -> frozenset[int]:
    """The bodies above and below these nodes or institutions, and the institutions that report below."""
    line = tree(Tree.LINE)
    found: set[int] = set()
    for node in nodes:
        at: int | None = node
        if node not in line.nodes:
            found |= {node, *members([node], UNIT)}
            at = memberships([node])[node].get(Tree.LINE)
        else:
            below = line.subtree(node)
            found |= below | set(members(below, Tree.LINE))
        if at in line.nodes:
            found |= {step.id for step in line.path(at)}
    return frozenset(found)


def is_of_branch(user: User, branch: Collection[int], first: date, end: date) -> bool:
    """Whether the person has work of his own on these nodes: a role that sees data."""
    return any(row.node in branch and ROLES[row.role].sees_data for row in own_grants(user, first, end))


def not_known(username: str) -> RefusedError:
    """One answer for who is not there, is locked, or has no role that fits: nothing is said of accounts."""
    return RefusedError(
        "mandate_person",
        zh=f"没有可以接手的人 {username[:80]}：须有账号，并在有关的报送线上担任角色",
        en=f"nobody of that name can take it: {username[:80]} needs an account and a role on that line",
    )


def involved() -> RefusedError:
    """Auditing and the audited work do not go together."""
    return RefusedError(
        "auditor_involved",
        zh="此人参与这些机构的填报或审核，不能查阅自己经手的材料",
        en="this person enters or reviews for these institutions, and does not audit that",
    )


def mandate_words(row: Mandate) -> dict[str, object]:
    """A mandate as the log has it."""
    return {
        "mandate": row.pk,
        "kind": row.kind,
        "giver": row.giver_id,
        "taker": row.taker_id,
        "from": str(row.valid_from),
        "to": str(row.valid_to),
        "forms": row.forms,
        "periods": row.periods,
        "occasion": row.occasion,
    }
