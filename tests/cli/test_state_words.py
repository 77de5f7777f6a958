"""The lists say states in the words of the pages; for programs the keys stay."""

from pathlib import Path

import pytest
from django.utils import translation

from jieyue.apps.summaries.refusals import STATES
from jieyue.cli import state_words
from jieyue.web.joint_tables import conclusion_words, state_of
from jieyue.web.summary_words import state_words as summary_state
from jieyue.web.views.spotchecks import method_words
from jieyue.web.views.spotchecks import state_words as spot_state
from tests.cli.command import DONE, jieyue
from tests.cli.test_joint import MONTH


@pytest.mark.parametrize(("language", "place"), [("zh-hans", 0), ("en", 1)])
def test_the_command_and_the_page_say_the_same(language: str, place: int) -> None:
    with translation.override(language):
        for words, on_page in (
            (state_words.MEETING, state_of),
            (state_words.MEETING, spot_state),
            (state_words.METHOD, method_words),
            (state_words.OUTCOME, spot_state),
            (state_words.CONCLUSION, conclusion_words),
        ):
            assert {key: on_page(key) for key in words} == {key: said[place] for key, said in words.items()}
        pages = {state: summary_state(state.value) for state in STATES if state.value != "none"}
    if place == 0:  # the page's English says "Summary sent back", where no column says of what
        assert pages == {state: said[0] for state, said in STATES.items() if state.value != "none"}


def test_a_spot_check_is_listed_in_words(home: Path) -> None:
    words = ("--period", MONTH, "--seed", "2026", "--share", "0.3", "--method", "random")
    made = jieyue(home, "spotcheck", "draw", *words).document
    assert (made["state"], made["method"]) == ("open", "random")
    listed = jieyue(home, "spotcheck", "list", as_json=False)
    assert listed.code == DONE
    for word in ("编号", "随机", "进行中"):
        assert word in listed.stdout, word
    for key in ("open", "random", "frame_size"):
        assert key not in listed.stdout, key
    assert "under way" in jieyue(home, "spotcheck", "list", as_json=False, lang="en").stdout
    shown = jieyue(home, "spotcheck", "show", made["id"], as_json=False).stdout
    assert ("未查" in shown, "none" in shown) == (True, False)
