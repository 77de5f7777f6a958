"""Papers by name: which there are, what each is made from, and the files that it can be written to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from django.conf import settings
from django.db.models import QuerySet

from jieyue.apps.accounts.peer_frame import peer_frame
from jieyue.apps.accounts.queries import run_for
from jieyue.apps.obligations.board import line_of
from jieyue.apps.obligations.owing import require_owed
from jieyue.apps.obligations.queries import DRAFT, WORDS
from jieyue.apps.papers.binding import checked
from jieyue.apps.papers.brief import plan_brief
from jieyue.apps.papers.circular import quality_circular
from jieyue.apps.papers.circular_facts import facts_of as circular_facts_of
from jieyue.apps.papers.content import Paper
from jieyue.apps.papers.evaluation import plan_evaluation
from jieyue.apps.papers.evaluation_facts import Facts as EvaluationFacts
from jieyue.apps.papers.evaluation_facts import facts_of as evaluation_facts_of
from jieyue.apps.papers.mark import Mark
from jieyue.apps.papers.monthly import monthly_bulletin
from jieyue.apps.papers.monthly_facts import facts_of
from jieyue.apps.papers.pdf import pdf_of
from jieyue.apps.papers.printed_basics import FORM as BASICS
from jieyue.apps.papers.printed_basics import basics_print
from jieyue.apps.papers.printed_forms import blank_summary, form_print, summary_print
from jieyue.apps.papers.progress_report import progress_report
from jieyue.apps.papers.statement import energy_statement
from jieyue.apps.papers.statement_facts import facts_of as statement_facts_of
from jieyue.apps.papers.templates import template_of
from jieyue.apps.papers.word import word_of
from jieyue.apps.papers.word_source import source_of
from jieyue.apps.papers.words import authority_zh
from jieyue.apps.papers.work_plan import work_plan
from jieyue.apps.papers.workbook import workbook_of
from jieyue.apps.papers.yearly import yearly_bulletin
from jieyue.apps.papers.yearly_facts import facts_of as yearly_facts_of
from jieyue.apps.publication.rules import home_catalog, plan
from jieyue.apps.registry.queries import find_institution, labels_of, number_of
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.spotchecks.queries import Version, version_of
from jieyue.apps.summaries.ledger import ledger_of
from jieyue.apps.trees.queries import NodeInfo, TreeView
from jieyue.domain.errors import DomainError
from jieyue.domain.period import Period


class PaperError(DomainError):
    """A paper that cannot be made: a body that does not exist, a period that it is not of, a kind of file."""


def bulletin_for(scope: str, period: str, *, sequence: int, today: date | None = None) -> Paper:
    """The monthly bulletin of `city` or `line:CODE`. Raises PaperError and what figures and changes raise."""
    month = Period.parse(period)
    if month.kind_letter != "M":
        raise PaperError(
            "not_a_month",
            zh=f"月度通报是一个月的，{period} 不是；请写成 2026-10",
            en=f"a monthly bulletin is of a month, {period} is none; write 2026-10",
        )
    line = line_of(month, sequence)
    top = body_of(scope, line)
    return checked(
        monthly_bulletin(facts_of(top, line, month, today or settings.JIEYUE_HOME.today(), sequence))
    )


def circular_for(scope: str, period: str, *, sequence: int, today: date | None = None) -> Paper:
    """The circular on the quality of reporting of `city` or `line:CODE`. Raises PaperError and what figures raise."""
    span = Period.parse(period)
    if span.kind_letter not in ("M", "Y"):
        raise PaperError(
            "not_a_month_or_year",
            zh=f"报送质量通报按月或按年，{period} 都不是；请写成 2026-10 或 2026",
            en=f"a circular on quality is of a month or a year, {period} is neither; write 2026-10 or 2026",
        )
    line = line_of(span, sequence)
    day = today or settings.JIEYUE_HOME.today()
    return checked(quality_circular(circular_facts_of(body_of(scope, line), line, span, day, sequence)))


def yearly_for(scope: str, period: str, *, sequence: int, today: date | None = None) -> Paper:
    """The yearly bulletin of `city` or `line:CODE`. Raises PaperError and what figures and changes raise."""
    year = Period.parse(period)
    if year.kind_letter != "Y":
        raise PaperError(
            "not_a_year",
            zh=f"年度通报是一年的，{period} 不是；请写成 2025",
            en=f"a yearly bulletin is of a year, {period} is none; write 2025",
        )
    line = line_of(year, sequence)
    day = today or settings.JIEYUE_HOME.today()
    return checked(yearly_bulletin(yearly_facts_of(body_of(scope, line), line, year, day, sequence)))


def summary_for(form: str, period: str, scope: str, *, sequence: int) -> Paper:
    """A summary table of `city` or `line:CODE` as it is filed. Raises PaperError and what tables raise."""
    known = home_catalog().forms.get(form)
    if known is None or not known.summary_of:
        raise PaperError(
            "no_summary_form",
            zh=f"{form} 不是综合表；可写 NY301、NY302、NY303",
            en=f"{form} is no summary table; write NY301, NY302 or NY303",
        )
    span = Period.parse(period)
    top = body_of(scope, line_of(span, sequence))
    return checked(summary_print(ledger_of(top.id, form, span, sequence=sequence), top.id, form))


def form_for(
    form: str, period: str, institution: str, *, sequence: int, latest: bool = False, instance: str = ""
) -> Paper:
    """A form of an institution's code as it is published, else as handed in; blank where none is named.

    latest: as handed in last, published or not. What is not published says its state instead of a publication.
    instance: the room, of a form that has one for each. NY101 is what the registry holds on the period's last day.

    Raises PaperError, PeriodError, RefusedError.
    """
    span = Period.parse(period)
    if form == BASICS:
        return _basics(span, institution, sequence)
    known = home_catalog().forms.get(form)
    if known is not None and known.summary_of and not institution and span.kind_letter in known.periods:
        return checked(blank_summary(form, span))
    require_owed(form, span)
    if not institution:
        return checked(form_print(form, span))
    number = number_of(institution)
    version = None if number is None else version_of(number, form, period, latest=latest, instance=instance)
    if number is None or version is None:
        raise PaperError(
            "no_return",
            zh=f"{institution} 没有报来 {period} 的 {form}；不写机构得到空表",
            en=f"{institution} has no {form} of {period}; without an institution the form is blank",
        )
    _code, name = labels_of({number}, span.last_day)[number]
    cells = {code: format(value, "f") for code, value in version.cells.items()}
    source = f"return/{form}/{period}/{returned_code(institution, instance)}@{version.digest[:16]}"
    made = form_print(
        form, span, name=name, scope=institution, cells=cells, source=source, said=_state_said(version),
        sequence=sequence if version.published else 0, instance=instance,
        state="" if version.published else WORDS[version.state][0],
    )  # fmt: skip
    return checked(made)


def returned_code(institution: str, instance: str) -> str:
    """An institution's code, and of which room."""
    return f"{institution}~{instance}" if instance else institution


def _basics(span: Period, institution: str, sequence: int) -> Paper:
    """NY101 at the end of a period, or today within one that runs."""
    day = min(span.last_day, settings.JIEYUE_HOME.today())
    own = find_institution(institution, day, sequence) if institution else None
    if institution and own is None:
        raise PaperError(
            "no_institution",
            zh=f"没有代码为“{institution}”的机构；可用 jieyue export institutions 查代码",
            en=f"no institution has the code {institution!r}; `jieyue export institutions` lists them",
        )
    return checked(basics_print(day, own, sequence))


def statement_for(
    institution: str,
    period: str,
    *,
    sequence: int,
    findings: QuerySet[ReviewFinding] | None = None,
    address: str = "",
    peers: bool = False,
) -> Paper:
    """The two-page statement of an institution's code and a year.

    findings: those that the reader may see, default all; address: of the receipt page, before a receipt's number.
    peers: its peers are computed if they were not, which takes a while.
    Raises PaperError, PeriodError and what figures raise.
    """
    year = Period.parse(period)
    if year.kind_letter != "Y":
        raise PaperError(
            "not_a_year",
            zh=f"单位说明是一年的，{period} 不是；请写成 2025",
            en=f"a statement is of a year, {period} is none; write 2025",
        )
    own = find_institution(institution)
    if own is None:
        raise PaperError(
            "no_institution",
            zh=f"没有代码为“{institution}”的机构；可用 jieyue export institutions 查代码",
            en=f"no institution has the code {institution!r}; `jieyue export institutions` lists them",
        )
    if peers:
        peer_frame(run_for(period, sequence=sequence))
    rows = ReviewFinding.objects.all() if findings is None else findings
    facts = statement_facts_of(own, year, sequence=sequence, findings=rows, address=address)
    return checked(energy_statement(facts))


def _state_said(version: Version) -> str:
    """How far what is printed is, and the return where it has gone on."""
    word = WORDS[version.state][0]
    if not version.published:
        which = "所列是最近一次报来的数，" if version.state == DRAFT else ""
        return f"本表{word}，{which}尚未核准，各数为初步。"
    approved = WORDS["approved"][0]
    return f"本表{approved}。" if word == approved else f"本表{approved}；其后的更正{word}，没有计入。"


def evaluation_for(plan_id: str, year: int | None, *, sequence: int) -> Paper:
    """The evaluation of a plan: final at its target year (the default), mid-term before. Raises what figures raise."""
    return checked(plan_evaluation(_facts_of_plan(plan_id, year, sequence)))


def brief_for(plan_id: str, year: int | None, *, sequence: int) -> Paper:
    """The director's one page of a plan and a year, by default its target year. Raises what figures raise."""
    return checked(plan_brief(_facts_of_plan(plan_id, year, sequence)))


def progress_for(plan_id: str, year: int | None, *, sequence: int) -> Paper:
    """The progress report of a plan and a year, by default the last whole one. Raises what figures raise."""
    asked = settings.JIEYUE_HOME.today().year - 1 if year is None else year
    return checked(progress_report(_facts_of_plan(plan_id, asked, sequence)))


def work_plan_for(plan_id: str, year: int | None, *, sequence: int) -> Paper:
    """The work plan of a year, by default this one, from the results of the year before. Raises what figures raise."""
    asked = settings.JIEYUE_HOME.today().year if year is None else year
    return checked(work_plan(_facts_of_plan(plan_id, asked - 1, sequence)))


def _facts_of_plan(plan_id: str, year: int | None, sequence: int) -> EvaluationFacts:
    wanted = plan(plan_id)
    asked = wanted.target_year if year is None else year
    if asked <= wanted.base_year:
        raise PaperError(
            "evaluation_year",
            zh=f"{asked} 年不在规划 {wanted.id} 的评估年份内；请选 {wanted.base_year + 1} 年及以后",
            en=f"{asked} is no year to evaluate {wanted.id} in; take {wanted.base_year + 1} or later",
        )
    return evaluation_facts_of(wanted.id, asked, sequence)


def body_of(scope: str, line: TreeView) -> NodeInfo:
    """The body on the reporting line that a scope names."""
    prefix, _, code = scope.partition(":")
    root = line.root
    found = root if scope == "city" else line.by_code.get(code) if prefix == "line" else None
    if found is None:
        raise PaperError(
            "no_body",
            zh=f"没有“{scope}”这个报送单位；可写 city，或 line: 加报送单位的代码（jieyue --json returns board 列出）",
            en=f"no collecting body {scope!r}; write city, or line:CODE (`jieyue --json returns board` lists codes)",
        )
    return found


def _pdf(paper: Paper, today: date) -> bytes:
    folder = settings.JIEYUE_FONTS
    return pdf_of(paper, author=authority_zh(), day=today, folder=str(folder) if folder else "")


def _word(paper: Paper, mark: Mark | None) -> bytes:
    template = template_of(paper.code)
    sealed = None if mark is None else replace(mark, template=template.sha256)
    return word_of(paper, template.content, source=source_of(paper), mark=sealed).content


#: Suffix of a file → how a paper is written to it; the draft that it was kept as is named in a Word file.
FILES: dict[str, Callable[[Paper, date, Mark | None], bytes]] = {
    "pdf": lambda paper, today, _mark: _pdf(paper, today),
    "docx": lambda paper, _today, mark: _word(paper, mark),
    "xlsx": lambda paper, _today, _mark: workbook_of(paper),
}
MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def written(paper: Paper, kind: str, mark: Mark | None = None) -> bytes:
    """The paper as a file of a kind. mark: of the draft, where it is kept. Raises PaperError for a kind that there is
    not, FontError."""
    if kind not in FILES:
        known = "、".join(FILES)
        raise PaperError(
            "no_such_file",
            zh=f"公文不能写成“{kind}”；文件名应以 {known} 之一结尾",
            en=f"a paper cannot be written as {kind!r}; end the file's name in one of {', '.join(FILES)}",
        )
    return FILES[kind](paper, settings.JIEYUE_HOME.today(), mark)
