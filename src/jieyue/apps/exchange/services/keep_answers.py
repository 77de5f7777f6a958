"""Keep a user's answers to "which institution is this?"."""

from collections.abc import Callable, Mapping

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.models import MatchAnswer


def keep_answers(
    answers: Mapping[str, int], *, actor: str, on_alias: Callable[[str, int], None] | None = None
) -> None:
    """Keep text → institution for good; an earlier answer to the same text is replaced and logged.

    `on_alias` lets the registry write a dated alias in the same transaction.
    """
    with transaction.atomic():
        for text, institution in answers.items():
            before = MatchAnswer.objects.filter(key=key(text)).first()
            MatchAnswer.objects.update_or_create(
                key=key(text)[:250],
                defaults={"text": text[:250], "institution": institution, "by": actor, "at": timezone.now()},
            )
            if on_alias is not None:
                on_alias(text, institution)
            record(
                "exchange.answer",
                f"institution:{institution}",
                actor=actor,
                before={"institution": before.institution} if before else None,
                after={"text": text, "institution": institution},
                data={"text": text},
            )
