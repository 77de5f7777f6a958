"""Make the papers of a kind from another version of its template, or from the one that ships."""

from collections.abc import Iterable

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.papers import refusals
from jieyue.apps.papers.kinds import kind_of
from jieyue.apps.papers.models import PaperTemplate
from jieyue.apps.papers.templates import SHIPPED, content_of, may_change_templates


def use_template(user: User, code: str, number: int) -> None:
    """number: of the version, SHIPPED for the one that ships. Raises RefusedError, TemplateLostError."""
    kind_of(code)
    if not may_change_templates(user):
        raise refusals.not_yours_to_template()
    with transaction.atomic():
        rows = list(PaperTemplate.objects.select_for_update().filter(code=code).order_by("-number"))
        wanted = next((row for row in rows if row.number == number), None)
        if wanted is None and number != SHIPPED:
            raise refusals.no_template()
        if wanted is not None:
            content_of(wanted)
        put_in_use(code, wanted, rows, user.get_username())


def put_in_use(code: str, wanted: PaperTemplate | None, rows: Iterable[PaperTemplate], actor: str) -> None:
    """Within a transaction that holds the rows; wanted: None for the template that ships."""
    before = next((row for row in rows if row.in_use), None)
    if before == wanted:
        return
    if before is not None:
        PaperTemplate.objects.filter(pk=before.pk).update(in_use=False)
    if wanted is not None:
        wanted.in_use = True
        wanted.save(update_fields=["in_use"])
    record(
        "papers.template_use", f"paper-template:{code}", actor=actor,
        before=before.sha256 if before else "shipped", after=wanted.sha256 if wanted else "shipped",
        data={"from": before.number if before else SHIPPED, "to": wanted.number if wanted else SHIPPED},
    )  # fmt: skip
