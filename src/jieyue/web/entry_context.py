"""One return as the template of the page takes it."""

from typing import Any

from django.utils.html import format_html_join

from jieyue.apps.papers.handed_in import is_printed
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.queries import approved_by_person
from jieyue.apps.returns.services.review_return import reasons
from jieyue.domain.workflow import State
from jieyue.web.entry import Page, reads_period
from jieyue.web.entry_conflicts import explained_since, unsaved
from jieyue.web.entry_lines import Lines
from jieyue.web.entry_papers import papers
from jieyue.web.entry_side import side_of
from jieyue.web.entry_words import state_name
from jieyue.web.words import is_chinese, local, period_name


def context_of(made: Page) -> dict[str, Any]:
    """For the template."""
    key, sheet = made.sheet.key, made.sheet
    form = home_catalog().forms[key.form]
    return side_of(made) | {
        "name": made.course.label(key.last_day)[1],
        "form": form,
        "form_name": local(form),
        "period_name": period_name(key.period),
        "year_ago_name": period_name(sheet.year_ago),
        "before_name": period_name(sheet.before),
        "not_his": [
            period_name(one)
            for one in (sheet.year_ago, sheet.before)
            if not reads_period(made.access, key, one)
        ],
        "state_name": state_name(sheet.state),
        "blocks": Lines(made).blocks(),
        "unsaved": unsaved(made),
        "explained_since": explained_since(made),
        "reasons": _sent_back(made),
        "may_enter": made.may_enter,
        "papers": papers(made.code, key, sheet.number),
        "paper_items": format_html_join(
            "",
            '<option value="{}">{} {}</option>',
            ((line.code, line.code, local(line.item)) for line in made.sheet.sheet.lines),
        ),
        "prints": is_printed(sheet.state),
        "proves": sheet.state is State.APPROVED and approved_by_person(sheet.number or 0),
        "may_withdraw": made.may_submit and sheet.state is State.SUBMITTED and sheet.step == 1,
    }


def _sent_back(made: Page) -> list[dict[str, Any]]:
    """Why the whole return was sent back, in words: the reason of the list, what was said beside it, by whom."""
    said = [one for one in made.sheet.comments if not one.item]
    words = reasons()
    return [
        {
            "reason": words[one.code][0 if is_chinese() else 1] if one.code in words else one.code,
            "text": one.text,
            "by": one.by,
            "at": one.at,
        }
        for one in said
    ]
