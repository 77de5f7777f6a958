"""Keep a user's answers to "which institution is this?"."""

import hashlib
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.models import MatchAnswer

#: Of what a name is compared by; a longer one is kept by its digest, so that the whole name decides.
_LONGEST = 250


def keep_answers(answers: Mapping[str, int], *, actor: str) -> None:
    """Keep text → institution for good, an entry each; another answer to the same text replaces the one before, the
    same again changes nothing."""
    with transaction.atomic():
        for text, institution in answers.items():
            same = _kept_as(text)
            before = MatchAnswer.objects.filter(key=same).first()
            if before is not None and before.institution == institution:
                continue
            MatchAnswer.objects.update_or_create(
                key=same,
                defaults={
                    "text": text,
                    "institution": institution,
                    "by": actor,
                    "at": timezone.now(),
                },
            )
            record(
                "exchange.answer",
                f"institution:{institution}",
                actor=actor,
                before={"institution": before.institution} if before else None,
                after={"text": text, "institution": institution},
                data={"text": text},
            )


def _kept_as(text: str) -> str:
    whole = key(text)
    if len(whole) <= _LONGEST:
        return whole
    return f"sha256:{hashlib.sha256(whole.encode()).hexdigest()}"
