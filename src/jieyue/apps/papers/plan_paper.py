"""What papers on a plan have in common: they are the city's, of a year, by the plan's own method."""

from collections.abc import Sequence

from jieyue.apps.papers.content import Annex, Block, Paper
from jieyue.apps.papers.evaluation_facts import CITY, Facts
from jieyue.apps.papers.words import authority_zh, foot_zh
from jieyue.domain.period import Period


def plan_paper(
    facts: Facts, code: str, title: str, blocks: Sequence[Block], annexes: Sequence[Annex] = ()
) -> Paper:
    """The paper of a plan and the year of its facts. title: below the plan's name."""
    return Paper(
        code=code,
        title=f"{facts.plan.name_zh}\n{title}",
        scope=CITY,
        scope_name=authority_zh(),
        period=str(facts.year),
        sequence=facts.sequence,
        blocks=tuple(blocks),
        annexes=tuple(annexes),
        foot=foot_zh("全市（规划口径）", Period.of_year(facts.year), facts.sequence),
        synthetic=facts.synthetic,
        provisional=any(row.status == "provisional" for row in facts.now.values()),
    )
