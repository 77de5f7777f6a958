"""Whom a name means, as a person answered: kept once, replaced by another answer, the same again is no change."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.audit.services.record import digest
from jieyue.apps.exchange.models import MatchAnswer
from jieyue.apps.exchange.queries import answers
from jieyue.apps.exchange.services.keep_answers import keep_answers
from jieyue.config.home import Home


def entries() -> list[tuple[str, str, str, str]]:
    rows = ActionLog.objects.filter(verb="exchange.answer").order_by("id")
    return [(row.object, row.actor, row.data["text"], row.before) for row in rows]


@pytest.mark.postgres
def test_an_answer_is_kept_once_and_another_replaces_it(home: Home) -> None:
    keep_answers({"一中": 7, "示例局（本级）": 8}, actor="a")
    kept = [("institution:7", "a", "一中", ""), ("institution:8", "a", "示例局（本级）", "")]
    assert entries() == kept
    keep_answers(
        {"一中": 7, "示例局(本级)": 8}, actor="b"
    )  # a file of answers that is given with every import
    assert entries() == kept
    assert set(MatchAnswer.objects.values_list("by", flat=True)) == {"a"}
    keep_answers({" 一 中": 9}, actor="b")
    assert entries() == [*kept, ("institution:9", "b", " 一 中", digest({"institution": 7}))]
    assert answers() == {" 一 中": 9, "示例局（本级）": 8}


def test_a_long_name_that_is_answered_again_says_what_was_answered_before(home: Home) -> None:
    name = "长" * 300
    keep_answers({name: 7}, actor="a")
    keep_answers({name: 8}, actor="a")
    assert [before for *_, before in entries()] == ["", digest({"institution": 7})]
    assert answers() == {name: 8}


@pytest.mark.postgres
def test_of_long_names_that_begin_alike_each_has_its_own_answer(home: Home) -> None:
    one, other, beginning = "长" * 250 + "甲", "长" * 250 + "乙", "长" * 250
    keep_answers({one: 7, other: 8, beginning: 9}, actor="a")
    assert answers() == {one: 7, other: 8, beginning: 9}
    keep_answers({one: 7}, actor="b")
    assert [before for *_, before in entries()] == ["", "", ""], "the same again is no change"


def test_what_was_cut_before_is_asked_about_once_more(home: Home) -> None:
    """An old home holds the first 250 characters of longer names: they are no name, and go when it is brought up."""
    moved = import_module("jieyue.apps.exchange.migrations.0003_whole_names")
    keep_answers({"一中": 7, "长" * 249: 8, "长" * 250: 9}, actor="a")
    moved.forget_cut(apps, SimpleNamespace(connection=connection))
    assert answers() == {"一中": 7, "长" * 249: 8}
