"""Keep a Word template of the authority's own for a kind of paper, and make the papers of that kind from it."""

import hashlib
from pathlib import PurePath

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.gate import check_word
from jieyue.apps.exchange.services.stage_file import keep_file
from jieyue.apps.identity.models import User
from jieyue.apps.papers import refusals
from jieyue.apps.papers.kinds import kind_of
from jieyue.apps.papers.models import PaperTemplate
from jieyue.apps.papers.services.use_template import put_in_use
from jieyue.apps.papers.templates import may_change_templates
from jieyue.apps.papers.word_template import TemplateError, TemplateFinding, check_template


def keep_template(
    user: User, code: str, content: bytes, name: str
) -> tuple[PaperTemplate | None, list[TemplateFinding]]:
    """The new version, which is in use from now; or what is wrong with the file, and then nothing is kept.

    The same file again is the version that it was. Raises RefusedError, TemplateError.
    """
    kind_of(code)
    if not may_change_templates(user):
        raise refusals.not_yours_to_template()
    gate = check_word(content, name)
    if not gate.passed:
        raise TemplateError(
            gate.findings[0].code, zh=gate.findings[0].message_zh, en=gate.findings[0].message_en
        )
    found = check_template(content)
    if found:
        return None, found
    digest = hashlib.sha256(content).hexdigest()
    keep_file(content, digest)
    with transaction.atomic():
        rows = list(PaperTemplate.objects.select_for_update().filter(code=code).order_by("-number"))
        same = next((row for row in rows if row.sha256 == digest), None)
        made = same or PaperTemplate.objects.create(
            code=code,
            number=rows[0].number + 1 if rows else 1,
            name=PurePath(name.replace("\\", "/")).name[:200],
            size=len(content),
            sha256=digest,
            actor=user.get_username(),
            at=timezone.now(),
        )
        if same is None:
            record(
                "papers.template_keep", f"paper-template:{code}", actor=made.actor, after=digest,
                data={"file": made.name, "number": made.number, "size": made.size},
            )  # fmt: skip
        put_in_use(code, made, rows, user.get_username())
    return made, []
