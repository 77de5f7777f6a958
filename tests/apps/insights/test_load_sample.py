"""The sample city comes into an empty home, each of its parts with one entry; a home that has it takes nothing more."""

from collections import Counter
from dataclasses import replace

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.holdings.models import HoldingSpan, KeyUnit
from jieyue.apps.insights.services.load_sample import load_sample
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.models import Publication
from jieyue.apps.registry.models import Institution
from jieyue.apps.returns.models import Return
from jieyue.apps.targets.models import TaskResult
from jieyue.sample import task_results
from jieyue.sample.city import SMALLEST, build
from jieyue.sample.model import APPROVED, NOT_BEGUN


def test_each_part_has_its_entry_and_the_city_comes_once(city_trees: dict[tuple[str, str], int]) -> None:
    city = build(SMALLEST)
    frame = city.frame("NY201", "2026-10")
    city = replace(city, frames=(frame,))
    load_sample(city, actor="operator")
    states = Counter(frame.states.tolist())
    begun = sum(count for state, count in states.items() if state != NOT_BEGUN)
    assert states[APPROVED], "some are published"
    assert begun > states[APPROVED], "others are on their way"
    verbs = Counter(ActionLog.objects.filter(actor="operator").values_list("verb", flat=True))
    assert verbs == {
        "sample.nodes": 1,
        "registry.bulk_register": 1,
        "sample.declared": 1,
        "targets.declare": 1,
        "sample.holdings": 1,
        "sample.returns": 1,
        "returns.save_drafts": 1,
    }
    assert Return.objects.filter(form="NY201", period="2026-10", subject_kind="institution").count() == begun
    assert HoldingSpan.objects.count() == len(city.holdings)
    assert KeyUnit.objects.count() == len(city.key_units)
    assert TaskResult.objects.count() == len(task_results.content().decode("utf-8-sig").splitlines()) - 1
    stands = [table.objects.count() for table in (ActionLog, Publication, Institution, Return)]
    with pytest.raises(RefusedError):
        load_sample(city, actor="operator")
    assert [table.objects.count() for table in (ActionLog, Publication, Institution, Return)] == stands
