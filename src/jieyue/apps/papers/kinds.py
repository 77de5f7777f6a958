"""The kinds of papers that a person drafts: what each is called, of which periods and bodies it is, how it is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jieyue.apps.insights.standard import Step
from jieyue.apps.papers import (
    brief,
    circular,
    evaluation,
    monthly,
    progress_report,
    refusals,
    work_plan,
    yearly,
)
from jieyue.apps.papers.content import Paper
from jieyue.apps.papers.make import (
    brief_for,
    bulletin_for,
    circular_for,
    evaluation_for,
    progress_for,
    work_plan_for,
    yearly_for,
)
from jieyue.apps.papers.yearly_facts import PARTS, steps_of
from jieyue.apps.publication.rules import home_plan
from jieyue.domain.period import Period

#: (scope, period, sequence) → the paper.
Make = Callable[[str, str, int], Paper]
#: (scope, period, sequence) → what is stored first.
Steps = Callable[[str, str, int], Sequence[Step]]


@dataclass(frozen=True)
class PaperKind:
    """letters: kinds of period, M and Y. city_only: it is of the whole authority, no body below has one. steps: the
    parts of figures that it needs, where they take so long that the worker makes it. parts: of making it after that."""

    code: str
    name_zh: str
    name_en: str
    letters: str
    city_only: bool
    make: Make
    steps: Steps | None = None
    parts: int = 1

    def of(self, period: str) -> Period:
        """The period, if the paper is of such. Raises PeriodError, RefusedError."""
        found = Period.parse(period)
        if found.kind_letter not in self.letters:
            raise refusals.wrong_period(self.name_zh, self.name_en, self.letters)
        return found


def _of_plan(make: Callable[..., Paper]) -> Make:
    """A paper of the authority's plan and a year."""
    return lambda _scope, period, sequence: make(home_plan().id, int(period), sequence=sequence)


def _of_body(make: Callable[..., Paper]) -> Make:
    return lambda scope, period, sequence: make(scope, period, sequence=sequence)


KINDS = {
    kind.code: kind
    for kind in (
        PaperKind(monthly.CODE, "月度通报", "monthly bulletin", "M", False, _of_body(bulletin_for)),
        PaperKind(yearly.CODE, "年度通报", "yearly bulletin", "Y", False, _of_body(yearly_for), steps_of, PARTS),
        PaperKind(circular.CODE, "报送质量通报", "circular on quality", "MY", False, _of_body(circular_for)),
        PaperKind(evaluation.CODE, "规划评估报告", "evaluation of the plan", "Y", True, _of_plan(evaluation_for)),
        PaperKind(progress_report.CODE, "规划进展报告", "progress report", "Y", True, _of_plan(progress_for)),
        PaperKind(work_plan.CODE, "年度工作要点", "yearly work plan", "Y", True, _of_plan(work_plan_for)),
        PaperKind(brief.CODE, "结论一页纸", "one page of verdicts", "Y", True, _of_plan(brief_for)),
    )
}  # fmt: skip


def kind_of(code: str) -> PaperKind:
    """A kind by its code. Raises RefusedError."""
    if code not in KINDS:
        raise refusals.unknown()
    return KINDS[code]
