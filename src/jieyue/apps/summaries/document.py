"""A body's table as programs get it: numbers as decimal texts, roll-ups, who is missing, what was sent."""

from typing import Any

from jieyue.apps.registry.queries import codes_of
from jieyue.apps.summaries.ledger import Ledger
from jieyue.apps.summaries.outstanding import outstanding
from jieyue.apps.summaries.tables import roll_ups, summed
from jieyue.catalog.model import Form
from jieyue.domain.quantity import fixed_text
from jieyue.domain.summary import COLUMNS


def document(ledger: Ledger, body: int, form: Form) -> dict[str, Any]:
    """official: whether the scheme asks for the table for such a period. A null cell: nobody stated the item."""
    shown = summed(ledger, body)
    items = {item.code: item for item in ledger.items}
    unmet = outstanding(ledger, body)
    views = roll_ups(ledger, body, shown)
    ids = {row.institution for row in unmet} | {number for one in views for number in one.lost}
    codes = codes_of(sorted(ids), ledger.period.last_day)
    return {
        "form": ledger.form,
        "body": ledger.trees.nodes[body].code,
        "period": str(ledger.period),
        "official": ledger.period.kind_letter in form.periods,
        "unapproved": ledger.unapproved,
        "publication": ledger.sequence,
        "institutions": shown.institutions,
        "members": shown.members,
        "filers": shown.filers,
        "complete": shown.complete,
        "items": [
            {
                "item": line.item,
                "name_zh": items[line.item].name_zh,
                "name_en": items[line.item].name_en,
                "unit": items[line.item].unit,
                "cells": dict(zip(COLUMNS, line.texts, strict=True)),
                "institutions": dict(zip(COLUMNS, line.stated, strict=True)),
                "estimated": {"value": fixed_text(line.estimated), "institutions": line.estimates},
            }
            for line in shown.lines
        ],
        "roll_ups": [
            {
                "tree": one.tree,
                "parts": len(one.parts),
                "agrees": not one.differs,
                "differs": list(one.differs),
                "institutions": [codes[number] for number in one.lost],
            }
            for one in views
        ],
        "unmet": [
            {
                "institution": codes[row.institution],
                "reason": row.reason,
                "present": row.present,
                "expected": row.expected,
                "due": row.due or None,
            }
            for row in unmet
        ],
    }
