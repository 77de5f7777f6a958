"""The monthly bulletins are there the morning after the returns were due: drafted once each, by the worker."""

import logging
from datetime import date

from django.conf import settings

from jieyue.apps.papers.kinds import kind_of
from jieyue.apps.papers.models import PaperDraft
from jieyue.apps.papers.monthly import CODE as MONTHLY
from jieyue.apps.papers.ready import closed_month, lacking
from jieyue.apps.papers.scope import WORKER
from jieyue.apps.papers.services.draft import Asked, keep
from jieyue.apps.publication.queries import last_done
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree
from jieyue.domain.errors import DomainError

log = logging.getLogger(__name__)


def draft_closed(today: date | None = None) -> list[PaperDraft]:
    """Draft what is lacking of the newest closed month, from the newest publication; a body with a draft keeps it.

    A body whose figures are refused is told in the log of the worker and does not hold up the others.
    """
    month, sequence = closed_month(today or settings.JIEYUE_HOME.today()), last_done()
    made: list[PaperDraft] = []
    if month is None or not sequence:
        return made
    kind, line = kind_of(MONTHLY), tree_view(Tree.LINE, sequence, month.last_day)
    for node in lacking(month):
        scope = "city" if node == line.root else f"line:{node.code}"
        try:
            paper = kind.make(scope, str(month), sequence)
        except DomainError as error:
            log.warning("no bulletin of %s for %s: %s", scope, month, error)
            continue
        if not PaperDraft.objects.filter(code=MONTHLY, body=node.id, period=str(month)).exists():
            made.append(keep(Asked(kind, node, scope, month, sequence), paper, WORKER))
    return made
