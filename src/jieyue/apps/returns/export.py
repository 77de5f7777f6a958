"""Published returns as rows of the long layout."""

import json
from collections.abc import Iterator

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import codes_of, names_of
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.trees.queries import node_by_id
from jieyue.domain.period import Period

HEADS = ["institution", "name", "period", "item", "value", "unit", "instance"]


def long_rows(form: str, period: str) -> tuple[list[str], Iterator[list[str]]]:
    """Heads, and one row a stated cell: institution's code (or the node's scope), period, item, value, unit."""
    day = Period.parse(period).last_day
    units = {item.code: item.unit for item in home_catalog().items(form)}
    found = Return.objects.filter(form=form, period=period, current__isnull=False)
    rows = list(
        found.order_by("subject", "instance").values_list("subject", "subject_kind", "instance", "current")
    )
    texts = dict(
        ReturnVersion.objects.filter(parent__form=form, parent__period=period).values_list("id", "cells")
    )
    ids = [row[0] for row in rows if row[1] == Return.Subject.INSTITUTION]
    codes, names = codes_of(ids, day), names_of(ids, day)

    def written() -> Iterator[list[str]]:
        for subject, kind, instance, version in rows:
            if kind == Return.Subject.NODE:
                node = node_by_id(subject, on=day)
                code = "city" if node is None or node.parent is None else f"{node.tree}:{node.code}"
                name = node.name_zh if node else ""
            else:
                code, name = codes[subject], names[subject]
            for item, (value, _unit, _origin) in json.loads(texts[version or 0]).items():
                shown = "不使用" if value is None else value
                yield [code, name, period, f"{form}:{item}", shown, units.get(item, ""), instance]

    return HEADS, written()
