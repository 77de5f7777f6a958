"""Matching: five ways in their order, ambiguity told, candidates offered, answers never asked twice."""

import pytest

from jieyue.apps.exchange.match import Ambiguous, Directory, Entry, Subject, is_total
from tests.apps.exchange.files import DIRECTORY


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("91350100M000100Y43", "credit_code"),
        ("500103-001", "code"),
        ("示例市第一中学", "name"),
        ("示例市 第一中学", "name"),
        ("示例中学", "former_name"),
        ("一中", "alias"),
    ],
)
def test_every_way(text: str, how: str) -> None:
    found = DIRECTORY.find(text)
    assert isinstance(found, Subject)
    assert (found.id, found.how) == (1, how)


@pytest.mark.parametrize(
    "text", ["示例局（本级）", "示例局(本级)", "示例局 【本级】", "示例局〔本级〕", "示例局（本级）\u200b"]
)
def test_spelling_does_not_matter(text: str) -> None:
    directory = Directory([Entry(7, "1", "示例局(本级)")])
    assert directory.find(text).id == 7


def test_a_present_name_wins_over_a_former_one() -> None:
    directory = Directory([Entry(1, "1", "甲局", former_names=("乙局",)), Entry(2, "2", "乙局")])
    assert directory.find("乙局").id == 2


def test_two_of_one_name_are_ambiguous_until_answered() -> None:
    found = DIRECTORY.find("重名学校")
    assert isinstance(found, Ambiguous)
    assert found.candidates == ("500105-001 重名学校", "500106-001 重名学校")
    answered = Directory(DIRECTORY.entries.values(), answers={"重名学校": 5})
    assert answered.find("重名 学校").id == 5


def test_candidates_by_likeness_and_nothing_matched_by_it() -> None:
    assert DIRECTORY.find("示例市第1中学") is None
    best = DIRECTORY.candidates("示例市第1中学")[0]
    # Pairs of ^示例市第1中学$ and ^示例市第一中学$: 8 and 8, of which 6 shared: 2 × 6 ÷ 16.
    assert best == (1, "500103-001", "示例市第一中学", 0.75)
    assert DIRECTORY.candidates("完全不同") == ()


def test_an_answer_is_kept() -> None:
    directory = Directory(DIRECTORY.entries.values(), answers={"示例市第1中学": 1})
    assert directory.find("示例市第1中学").how == "answer"


@pytest.mark.parametrize(
    ("text", "ref", "how"),
    [
        ("city", "city", "node"),
        ("重庆市", "city", "node"),
        ("全市合计", "city", "total"),
        ("重庆市合计", "city", "total"),
        ("area:500103", "area:500103", "node"),
        ("AREA:500103", "area:500103", "node"),
        ("教育系统", "department:edu", "node"),
        ("教育系统 合计", "department:edu", "total"),
    ],
)
def test_nodes(text: str, ref: str, how: str) -> None:
    found = DIRECTORY.find(text)
    assert isinstance(found, Subject)
    assert (found.kind, found.ref, found.how) == ("node", ref, how)


def test_a_name_of_two_nodes_is_ambiguous() -> None:
    assert DIRECTORY.find("渝中区") == Ambiguous(("area:500103", "line:500103"), node=True)


def test_bare_totals() -> None:
    assert all(map(is_total, ["合计", "合 计", "总计：", "小计", "Total", "Grand Total"]))
    assert not any(map(is_total, ["渝中区合计", "合计局", "统计局", ""]))
