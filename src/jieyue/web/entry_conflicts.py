"""What was sent and cannot be taken as it is: what the page can show no more, and what others changed meanwhile."""

from typing import Any

from jieyue.apps.identity.queries import who
from jieyue.apps.returns.refusals import StaleRevisionError
from jieyue.apps.review.drawn_over import Meeting, meet
from jieyue.apps.review.of_return import place_of
from jieyue.web.entry import OPEN, Page
from jieyue.web.entry_sent import Sent, read_cells
from jieyue.web.entry_words import shown_value
from jieyue.web.words import MISSING_TEXT, is_chinese, joined, local


def unsaved(made: Page) -> list[dict[str, str]]:
    """What was sent that the page can show no more as to be typed, as typed, and what stands there: cells of a
    return that is closed, and what was said of what is not asked any more or stands there already."""
    read = read_cells(made.sheet.key, made.typed) if made.typed and not made.is_open else Sent()
    cells = [
        {
            "name": local(cell.line.item),
            "text": made.typed[code],
            "now": shown_value(cell.now, cell.line.item.unit),
        }
        for cell in made.sheet.cells
        if (code := cell.line.code) in read.changes or code in read.wrong
    ]
    return cells + _unsaid(made)


def _unsaid(made: Page) -> list[dict[str, str]]:
    """Explanations that were sent and have no field on the page, or have another one there."""
    asked = {one.name: one for one in made.asked if one.row.severity != "error"}
    fields = set(asked) if made.may_submit and made.sheet.state in OPEN else set()
    names = {line.code: local(line.item) for line in made.sheet.sheet.lines}
    found = []
    for name, (text, over) in made.said.items():
        place, one = place_of(name), asked.get(name)
        now = one.explanation if one is not None else ""
        if place is None or name in fields or meet(text, over, now) is Meeting.LEFT:
            continue
        row = one.row if one is not None else None
        rule = "" if row is None else f" · {row.rule_zh if is_chinese() else row.rule_en}"
        found.append({"name": f"{names.get(place[1], place[1])}{rule}", "text": text.strip(), "now": now})
    return found


def explained_since(made: Page) -> list[dict[str, str]]:
    """Explanations that were sent, where others stand since the page was drawn: both, and whose those are."""
    fields = made.asked if made.may_submit and made.sheet.state in OPEN else []
    met = [
        (one, text)
        for one in fields
        for text, over in [made.said.get(one.name, ("", ""))]
        if meet(text, over, one.explanation) is Meeting.OTHERS
    ]
    names = who([one.by for one, _text in met])
    return [
        {
            "name": one.row.item_zh if is_chinese() else one.row.item_en,
            "rule": one.row.rule_zh if is_chinese() else one.row.rule_en,
            "field": one.name,
            "mine": text.strip(),
            "theirs": one.explanation,
            "by": names.get(one.by, one.by),
        }
        for one, text in met
    ]


def both_values(made: Page, error: StaleRevisionError) -> list[dict[str, Any]]:
    """Both values of every cell that differs."""
    names = {line.code: local(line.item) for line in made.sheet.sheet.lines}
    persons = who([one for _mine, _theirs, others in error.conflicts.values() for one in others])
    return [
        {
            "code": code,
            "name": names.get(code, code),
            "mine": MISSING_TEXT if mine is None else mine,
            "theirs": MISSING_TEXT if theirs is None else theirs,
            "their_text": theirs or "",
            "by": joined(persons.get(one, one) for one in others),
        }
        for code, (mine, theirs, others) in error.conflicts.items()
    ]
